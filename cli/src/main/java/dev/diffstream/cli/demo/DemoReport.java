package dev.diffstream.cli.demo;

import java.io.PrintStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The demo's table. */
public final class DemoReport {
  private DemoReport() {}

  public static void print(PrintStream out, DemoResult result) {
    out.println();
    out.printf(
        "%-18s %9s %9s %12s %12s %14s %9s %9s %10s %12s %16s%n",
        "task",
        "examples",
        "majority",
        "naive Bayes",
        "provisional",
        "served after",
        "diff",
        "density",
        "diff size",
        "base size",
        "event to served");
    for (DemoResult.Row row : result.tasks()) {
      out.printf(
          Locale.ROOT,
          "%-18s %9d %7.1f %% %10.1f %% %12s %14s %7.1f %% %7.2f %% %7d kB %9d kB %14.1f s%n",
          row.task(),
          row.examples(),
          100 * row.majority(),
          100 * row.naiveBayes(),
          text("%.1f %%", row.provisionalAccuracy(), 100),
          text("%.1f s", row.eventToProvisionalSeconds(), 1),
          100 * row.accuracy(),
          100 * row.density(),
          row.diffBytes() / 1000,
          row.baseBytes() / 1000,
          row.eventToServedSeconds());
    }
    out.printf(
        Locale.ROOT,
        "accuracies on %s held-out rows, asked of the gateway over HTTP; %.0f s in all%n",
        result.tasks().stream().map(row -> Integer.toString(row.heldOut())).toList(),
        result.seconds());
  }

  private static String text(String format, @Nullable Double value, double factor) {
    return value == null ? "-" : String.format(Locale.ROOT, format, factor * value);
  }
}
