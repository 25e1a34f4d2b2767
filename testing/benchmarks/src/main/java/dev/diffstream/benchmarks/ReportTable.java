package dev.diffstream.benchmarks;

import dev.diffstream.benchmarks.quality.Score;
import dev.diffstream.benchmarks.statistics.PairedDifferences;
import dev.diffstream.benchmarks.steps.StepCosts;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** The report for people. */
final class ReportTable {
  private static final int METHOD_WIDTH = 27;

  private final PrintStream out;
  private final LearnReport report;

  private ReportTable(PrintStream out, LearnReport report) {
    this.out = out;
    this.report = report;
  }

  static void print(PrintStream out, LearnReport report) {
    ReportTable table = new ReportTable(out, report);
    if (!report.quality().isEmpty()) {
      table.scores();
      table.differences("full fine-tuning", report.differenceFromFull());
      table.differences("the same diff in fp32", report.differenceFromFp32());
    }
    StepCosts steps = report.steps();
    if (steps != null) {
      table.costs(steps);
    }
  }

  /** A line for each method, a column for each task: the mean over the seeds. */
  private void scores() {
    List<String> tasks = report.quality().stream().map(Score::task).distinct().toList();
    out.println();
    out.println(
        "test scores in percent (accuracy, Pearson's correlation or entity F1), mean over the seeds:");
    out.print(padded("method"));
    tasks.forEach(task -> out.printf(" %16s", task));
    out.printf(" %10s %9s%n", "mean", "density");
    for (String method : report.meanScore().keySet()) {
      out.print(padded(method));
      for (String task : tasks) {
        OptionalDouble mean =
            report.quality().stream()
                .filter(s -> s.task().equals(task) && s.method().equals(method))
                .mapToDouble(Score::score)
                .average();
        out.printf(
            Locale.ROOT,
            " %16s",
            mean.isPresent() ? String.format(Locale.ROOT, "%.2f", mean.getAsDouble()) : "-");
      }
      double density =
          report.quality().stream()
              .filter(s -> s.method().equals(method))
              .mapToDouble(Score::density)
              .average()
              .orElseThrow();
      out.printf(Locale.ROOT, " %10.2f %7.2f %%%n", report.meanScore().get(method), 100 * density);
    }
  }

  private void differences(String what, Map<String, PairedDifferences> differences) {
    if (differences.isEmpty()) {
      return;
    }
    out.println();
    out.println("minus " + what + ", in percentage points, paired by task and seed, 95 %:");
    out.printf(
        "%s %8s %6s %20s %22s%n",
        padded("method"), "mean", "pairs", "t interval", "bootstrap over tasks");
    for (Map.Entry<String, PairedDifferences> entry : differences.entrySet()) {
      PairedDifferences difference = entry.getValue();
      out.printf(
          Locale.ROOT,
          "%s %+8.2f %6d %20s %22s%n",
          padded(entry.getKey()),
          difference.mean(),
          difference.pairs(),
          difference.tInterval() == null ? "-" : difference.tInterval(),
          difference.bootstrapOverTasks() == null ? "-" : difference.bootstrapOverTasks());
    }
  }

  private void costs(StepCosts steps) {
    out.println();
    out.printf(
        "a step of %d x %d tokens, against plain full fine-tuning with Adam:%n",
        steps.batchSize(), steps.tokens());
    out.printf(
        "%-8s %-14s %10s %8s %10s %8s%n",
        "step", "embedding rows", "seconds", "ratio", "peak MB", "ratio");
    for (StepCosts.Cost cost : steps.costs()) {
      out.printf(
          Locale.ROOT,
          "%-8s %-14s %10.3f %8.3f %10.0f %8.3f%n",
          cost.kind(),
          cost.embeddingRows().toString().toLowerCase(Locale.ROOT),
          cost.stepSeconds(),
          cost.stepRatio(),
          cost.peakBytes() / 1e6,
          cost.peakRatio());
    }
    Map<String, Double> epochs = steps.epochSeconds(report.settings().trainRows());
    out.printf("an epoch of %d rows, in seconds:", report.settings().trainRows());
    epochs.forEach((kind, seconds) -> out.printf(Locale.ROOT, " %s %.1f", kind, seconds));
    out.println();
  }

  private static String padded(String method) {
    return String.format("%-" + METHOD_WIDTH + "s", method);
  }
}
