package dev.diffstream.cli.diff.report;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** A heat map in block characters: columns have letters, which a legend explains. */
public final class HeatMapText {
  private static final String SHADES = "·░▒▓█";
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

  private HeatMapText() {}

  /**
   * @param what the numbers are
   */
  public static void print(PrintWriter out, HeatMap map, String what) {
    List<String> kinds = map.kinds();
    out.printf(
        Locale.ROOT,
        "%s: · %.2g, ░ ▒ ▓ by the logarithm, █ %.2g; blank: no change%n%n",
        what,
        map.smallest(),
        map.largest());
    StringBuilder head = new StringBuilder("          ");
    for (int i = 0; i < kinds.size(); i++) {
      head.append(letter(i)).append("  ");
    }
    out.println(head.toString().stripTrailing());
    for (int layer : map.layers()) {
      StringBuilder line = new StringBuilder("%-10s".formatted(ParameterPlace.row(layer)));
      for (String kind : kinds) {
        char shade = shade(map, map.value(layer, kind));
        line.append(shade).append(shade).append(' ');
      }
      out.println(line.toString().stripTrailing());
    }
    out.println();
    for (int i = 0; i < kinds.size(); i++) {
      out.println("  " + letter(i) + "  " + kinds.get(i));
    }
  }

  private static char letter(int column) {
    return LETTERS.charAt(column % LETTERS.length());
  }

  private static char shade(HeatMap map, OptionalDouble value) {
    if (value.isEmpty() || value.getAsDouble() <= 0) {
      return ' ';
    }
    int step = (int) Math.round(map.shade(value.getAsDouble()) * (SHADES.length() - 1));
    return SHADES.charAt(step);
  }
}
