package dev.diffstream.cli.diff.report;

import dev.diffstream.cli.diff.report.Inspection.TensorLine;
import java.util.Locale;
import java.util.OptionalDouble;

/** An inspection as one self-contained page: no scripts, nothing from elsewhere. */
public final class InspectPage {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
      body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
      h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
      code { overflow-wrap: anywhere; }
      table { border-collapse: collapse; font-size: .85rem; }
      th, td { padding: .15rem .6rem; text-align: left; vertical-align: top; }
      td.n { text-align: right; font-variant-numeric: tabular-nums; }
      .wide { overflow-x: auto; }
      .heat td { text-align: right; min-width: 3.6rem; border: 1px solid #8883; }
      .heat th.c { writing-mode: vertical-rl; rotate: 180deg; font-weight: normal; }
      """;

  private final StringBuilder html = new StringBuilder();

  private InspectPage() {}

  public static String of(Inspection inspection) {
    InspectPage page = new InspectPage();
    String title = "Diff of task " + inspection.metadata().getOrDefault("task.id", "");
    page.html
        .append("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>")
        .append(escaped(title))
        .append("</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n<h1>")
        .append(escaped(title))
        .append("</h1>\n");
    page.metadata(inspection);
    page.heat(inspection);
    page.tensors(inspection);
    return page.html.append("</html>\n").toString();
  }

  private void metadata(Inspection inspection) {
    html.append("<table>\n");
    row("file", inspection.file());
    row("SHA-256", inspection.digest());
    row("bytes", Long.toString(inspection.bytes()));
    row("density", percent(inspection.density()) + " of the base");
    row(
        "L2 norm, greatest",
        number(inspection.total().l2()) + ", " + number(inspection.total().max()));
    row("head", inspection.head());
    row("probes", inspection.probes() ? "recorded" : "none");
    inspection.facts().forEach(this::row);
    html.append("</table>\n");
  }

  private void row(String key, String value) {
    html.append("<tr><th>")
        .append(escaped(key))
        .append("<td><code>")
        .append(escaped(value))
        .append("</code>\n");
  }

  private void heat(Inspection inspection) {
    HeatMap map = inspection.heatMap();
    html.append("<h2>").append(escaped("density")).append(" by layer and kind, in %</h2>\n");
    html.append("<div class=\"wide\"><table class=\"heat\">\n<tr><th>");
    map.kinds().forEach(kind -> html.append("<th class=\"c\">").append(escaped(kind)));
    for (int layer : map.layers()) {
      html.append("\n<tr><th>").append(ParameterPlace.row(layer));
      for (String kind : map.kinds()) {
        cell(map, map.value(layer, kind));
      }
    }
    html.append("\n</table></div>\n");
  }

  private void cell(HeatMap map, OptionalDouble value) {
    if (value.isEmpty()) {
      html.append("<td>");
      return;
    }
    double alpha = 0.08 + 0.72 * map.shade(value.getAsDouble());
    html.append(
        String.format(
            Locale.ROOT,
            "<td style=\"background:rgb(230 120 20 / %.2f)\">%.3g",
            alpha,
            100 * value.getAsDouble()));
  }

  private void tensors(Inspection inspection) {
    html.append("<h2>Parameters</h2>\n<div class=\"wide\"><table>\n");
    html.append("<tr><th>parameter<th>shape<th>changed<th>density<th>L2<th>greatest\n");
    for (TensorLine line : inspection.tensors()) {
      html.append("<tr><td><code>").append(escaped(line.title())).append("</code>");
      numeric(line.extent());
      numeric(Long.toString(line.nonzeros()));
      numeric(percent(line.density()));
      numeric(number(line.l2()));
      numeric(number(line.max()));
      html.append('\n');
    }
    html.append("</table></div>\n");
  }

  private void numeric(String text) {
    html.append("<td class=\"n\">").append(text);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.4f %%", 100 * share);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }

  /** Names and labels come from strangers. */
  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
