package dev.diffstream.cli.diff;

import dev.diffstream.schemas.diff.Diff.SparseTensor;
import dev.diffstream.schemas.diff.arithmetic.Magnitude;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
   * @param size number of values of the parameter; null if no base was given
   * @param density nonzeros divided by the size; null without it
   * @param share nonzeros divided by those of the whole diff
   */
  record TensorLine(
      String name,
      long nonzeros,
      @Nullable Long size,
      @Nullable Double density,
      double share,
      double l2,
      double max) {}

  /**
   * @param sizes of the base's parameters; empty if no base was given
   */
  static Inspection of(DiffFile file, Map<String, Long> sizes) {
    Magnitude total = Magnitude.of(file.diff());
    List<TensorLine> lines = new ArrayList<>();
    for (SparseTensor tensor : file.diff().tensors()) {
      Magnitude magnitude = Magnitude.of(tensor);
      Long size = sizes.get(tensor.name());
      lines.add(
          new TensorLine(
              tensor.name(),
              magnitude.nonzeros(),
              size,
              size == null ? null : (double) magnitude.nonzeros() / size,
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

  /** Of densities where they are known, else of shares of the diff. */
  HeatMap heatMap() {
    HeatMap map = new HeatMap();
    for (TensorLine line : tensors) {
      Double density = line.density();
      map.put(line.name(), density == null ? line.share() : density);
    }
    return map;
  }

  /** What the heat map's numbers are. */
  String heat() {
    boolean known = tensors.stream().allMatch(line -> line.density() != null);
    return known ? "density" : "share of the changed values";
  }
}
