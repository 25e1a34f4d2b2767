package dev.diffstream.cli.diff.report;

import dev.diffstream.cli.diff.report.ComparisonReport.Compared;
import dev.diffstream.cli.diff.report.ComparisonReport.Figures;
import dev.diffstream.cli.diff.report.ComparisonReport.Pair;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** A comparison for a terminal. */
public final class ComparisonText {
  private final PrintWriter out;
  private final ComparisonReport report;

  private ComparisonText(PrintWriter out, ComparisonReport report) {
    this.out = out;
    this.report = report;
  }

  public static void print(PrintWriter out, ComparisonReport report) {
    ComparisonText text = new ComparisonText(out, report);
    text.diffs();
    if (report.diffs().size() == 2) {
      text.pair(report.pairs().getFirst());
    } else {
      text.matrix("Jaccard, %", "%.2f", pair -> 100 * pair.total().jaccard());
      text.matrix("overlap, times chance", "%.1f", pair -> number(pair.total().timesExpected()));
      text.matrix("cosine", "%.3f", pair -> pair.total().cosine());
      text.matrix("same sign on the overlap, %", "%.1f", p -> 100 * p.total().signAgreement());
    }
    out.flush();
  }

  private void diffs() {
    List<Compared> diffs = report.diffs();
    int width = diffs.stream().mapToInt(diff -> diff.file().length()).max().orElse(1);
    for (int i = 0; i < diffs.size(); i++) {
      Compared diff = diffs.get(i);
      out.printf(
          Locale.ROOT,
          "%d  %-" + width + "s %9d changed values, task %s%n",
          i + 1,
          diff.file(),
          diff.nonzeros(),
          diff.task());
    }
    out.println();
  }

  private void pair(Pair pair) {
    Figures total = pair.total();
    Double within = pair.expectedWithin();
    line("positions of both", "%d", total.both());
    line("Jaccard", "%.4f", total.jaccard());
    line("chance over the base", "%.1f", number(total.expected()));
    line("  times chance", "%.1f", number(total.timesExpected()));
    if (within != null) {
      line("chance in parameters", "%.1f", within);
      line("  times chance", "%.1f", total.both() / within);
    }
    line("cosine", "%.4f", total.cosine());
    line("cosine on the overlap", "%.4f", total.cosineOnBoth());
    line("same sign on it", "%.1f %%", 100 * total.signAgreement());
    Map<String, Figures> tensors = pair.tensors();
    if (tensors != null) {
      tensors(tensors);
    }
  }

  private void tensors(Map<String, Figures> tensors) {
    out.printf(
        "%n%-52s %7s %7s %7s %7s %7s %7s%n",
        "parameter", "1", "2", "both", "times", "cosine", "sign %");
    tensors.forEach(
        (name, figures) ->
            out.printf(
                Locale.ROOT,
                "%-52s %7d %7d %7d %7s %7.3f %7.1f%n",
                name,
                figures.left(),
                figures.right(),
                figures.both(),
                figures.timesExpected() == null
                    ? ""
                    : String.format(Locale.ROOT, "%.1f", figures.timesExpected()),
                figures.cosine(),
                100 * figures.signAgreement()));
  }

  private void line(String what, String format, Object value) {
    out.printf(Locale.ROOT, "%-24s" + format + "%n", what, value);
  }

  private void matrix(String title, String format, ToDoubleFunction<Pair> value) {
    int count = report.diffs().size();
    out.println(title);
    StringBuilder head = new StringBuilder("   ");
    for (int j = 1; j < count; j++) {
      head.append("%8d".formatted(j + 1));
    }
    out.println(head);
    for (int i = 0; i < count - 1; i++) {
      StringBuilder row = new StringBuilder("%-3d".formatted(i + 1)).append("        ".repeat(i));
      for (Pair pair : report.pairs()) {
        if (pair.left() == i) {
          row.append(
              "%8s".formatted(String.format(Locale.ROOT, format, value.applyAsDouble(pair))));
        }
      }
      out.println(row);
    }
    out.println();
  }

  private static double number(@Nullable Double value) {
    return value == null ? Double.NaN : value;
  }
}
