package dev.diffstream.cli.diff;

import dev.diffstream.schemas.diff.Diff.SparseTensor;
import dev.diffstream.schemas.diff.arithmetic.Magnitude;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What {@code diff inspect} finds; its JSON form too.
 *
 * @param metadata as the file says it
 * @param density changed values divided by those of the base
 * @param head such as {@code 3 x 384}
 */
record Inspection(
    String file,
    String digest,
    long bytes,
    Map<String, String> metadata,
    double density,
    String head,
    boolean probes,
    Magnitude total,
    List<TensorLine> tensors) {

  /**
   * One tensor.
   *
   * @param shape of the whole parameter
   * @param density nonzeros divided by the parameter's number of values
   * @param share nonzeros divided by those of the whole diff
   */
  record TensorLine(
      String name,
      List<Integer> shape,
      long nonzeros,
      double density,
      double share,
      double l2,
      double max) {}

  static Inspection of(NamedDiff file) {
    Magnitude total = Magnitude.of(file.diff());
    List<TensorLine> lines = new ArrayList<>();
    for (SparseTensor tensor : file.diff().tensors()) {
      Magnitude magnitude = Magnitude.of(tensor);
      long size = tensor.shape().stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
      lines.add(
          new TensorLine(
              tensor.name(),
              tensor.shape(),
              magnitude.nonzeros(),
              (double) magnitude.nonzeros() / size,
              (double) magnitude.nonzeros() / Math.max(1, total.nonzeros()),
              magnitude.l2(),
              magnitude.max()));
    }
    return new Inspection(
        file.name(),
        file.digest(),
        file.bytes(),
        file.metadata(),
        file.diff().metadata().density(),
        file.diff().head().outputs() + " x " + file.diff().head().features(),
        file.diff().probes() != null,
        total,
        lines);
  }

  /** Of densities. */
  HeatMap heatMap() {
    HeatMap map = new HeatMap();
    tensors.forEach(line -> map.put(line.name(), line.density()));
    return map;
  }
}
