package dev.diffstream.cli.diff.report;

import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.schemas.diff.arithmetic.Magnitude;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What {@code diff inspect} finds; its JSON form too.
 *
 * @param metadata as the file says it
 * @param density changed values divided by those of the base
 * @param head such as {@code 3 x 384}
 */
public record Inspection(
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
  public record TensorLine(
      String name,
      List<Integer> shape,
      long nonzeros,
      double density,
      double share,
      double l2,
      double max) {
    /** Its name for people. */
    public String title() {
      return ForeignText.line(name);
    }

    /** Such as {@code 384 x 1536}. */
    public String extent() {
      return shape.stream().map(String::valueOf).collect(Collectors.joining(" x "));
    }
  }

  public static Inspection of(NamedDiff file) {
    Magnitude total = Magnitude.of(file.diff());
    List<TensorLine> lines = new ArrayList<>();
    for (SparseTensor tensor : file.diff().tensors()) {
      Magnitude magnitude = Magnitude.of(tensor);
      lines.add(
          new TensorLine(
              tensor.name(),
              tensor.shape(),
              magnitude.nonzeros(),
              (double) magnitude.nonzeros() / tensor.size(),
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

  /** The metadata for people: shapes stand with their parameters. */
  public Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    metadata.forEach((key, value) -> facts.put(ForeignText.line(key), ForeignText.line(value)));
    facts.remove("shapes");
    return facts;
  }

  /** Of densities. */
  public HeatMap heatMap() {
    HeatMap map = new HeatMap();
    tensors.forEach(line -> map.put(line.title(), line.density()));
    return map;
  }
}
