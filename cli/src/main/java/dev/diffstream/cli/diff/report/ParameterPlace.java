package dev.diffstream.cli.diff.report;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a parameter stands: {@code encoder.layer.3.output.dense.weight} is {@code
 * output.dense.weight} of layer 3.
 *
 * @param layer number of the layer; -1 for a parameter outside of layers
 * @param kind the name within the layer, or all of it
 */
public record ParameterPlace(int layer, String kind) {
  private static final Pattern LAYER = Pattern.compile(".*?\\.(\\d{1,4})\\.(.+)");

  public static ParameterPlace of(String name) {
    Matcher matcher = LAYER.matcher(name);
    return matcher.matches()
        ? new ParameterPlace(Integer.parseInt(matcher.group(1)), matcher.group(2))
        : new ParameterPlace(-1, name);
  }

  public static String row(int layer) {
    return layer < 0 ? "outside" : "layer " + layer;
  }
}
