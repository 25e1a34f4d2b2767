package dev.diffstream.benchmarks;

import dev.diffstream.base.Base;
import dev.diffstream.base.BaseChoice;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.benchmarks.data.BenchmarkTask;
import dev.diffstream.benchmarks.quality.KeptDiffs;
import dev.diffstream.benchmarks.quality.MeasuredMethod;
import dev.diffstream.benchmarks.quality.QualityBenchmark;
import dev.diffstream.benchmarks.quality.Score;
import dev.diffstream.benchmarks.steps.StepBenchmark;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Scores, step times and memory of the learning methods. */
@Command(
    name = "learn",
    mixinStandardHelpOptions = true,
    description = {
      "Learns every task by every method, scores the test rows, and measures what a training step costs.",
      "Full fine-tuning, the head alone and the random mask get the best of three learning rates on the dev rows; every other method its automatic settings."
    })
final class LearnCommand implements Callable<Integer> {
  /** What can be measured. */
  enum Part {
    /** Test scores. */
    QUALITY,
    /** Time and memory of a step. */
    STEPS
  }

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description =
          "DIR/<task>/{train,dev,test}.tsv: label, text and perhaps a second text, without header. `diffstream bench` gives the demo's three tasks if none is named.")
  private Path data = Path.of(".");

  @Option(names = "--tasks", split = ",", description = "Default: all in the directory.")
  private List<String> tasks = List.of();

  @Option(
      names = "--methods",
      split = ",",
      description =
          "Default: all but diff-pruning in other precisions than fp32. ${COMPLETION-CANDIDATES}",
      completionCandidates = MethodNames.class)
  private List<String> methods = MeasuredMethod.defaults();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "Seeds 1 to N. Default: ${DEFAULT-VALUE}")
  private int seeds = 1;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description =
          "At most N training rows of each task, drawn by the seed. Default: ${DEFAULT-VALUE}")
  private int rows = 2000;

  @Option(
      names = "--density",
      description = "Share of the base's parameters in a diff. Default: ${DEFAULT-VALUE}")
  private double density = 0.005;

  @Option(
      names = "--base",
      description = "minilm, or a directory in Hugging Face layout. Default: ${DEFAULT-VALUE}")
  private String baseName = "minilm";

  @Option(
      names = "--setting",
      paramLabel = "NAME=NUMBER",
      description = "A setting for every method, as in a task event.")
  private Map<String, Double> settings = new TreeMap<>();

  @Option(
      names = "--parts",
      split = ",",
      description = "What to measure: ${COMPLETION-CANDIDATES}. Default: both.")
  private List<Part> parts = List.of(Part.values());

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Steps of each kind that are timed. Default: ${DEFAULT-VALUE}")
  private int rounds = 40;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the report there, anew after each score.")
  private @Nullable Path json;

  @Option(
      names = "--resume",
      description = "Keep the scores that stand in the file and measure the others.")
  private boolean resume;

  @Option(
      names = "--diffs",
      paramLabel = "DIR",
      description =
          "Write what was learned there: <task>-<method>-<seed>.safetensors, in fp32, of every method that can publish.")
  private @Nullable Path diffs;

  private final PrintStream out = System.out;
  private int failures;

  /** For the help text. */
  static final class MethodNames implements Iterable<String> {
    @Override
    public java.util.Iterator<String> iterator() {
      return MeasuredMethod.names().iterator();
    }
  }

  @Override
  public Integer call() throws Exception {
    checkNumbers();
    List<MeasuredMethod> measured = MeasuredMethod.of(methods, TensorEngine.threads());
    List<BenchmarkTask> found = parts.contains(Part.QUALITY) ? readTasks() : List.of();
    ReportFile file = new ReportFile(json);
    file.expectWritable();
    LearnReport report;
    try (Base base = BaseChoice.local(baseName)) {
      report = begin(file, base);
      QualityBenchmark quality =
          new QualityBenchmark(
              base,
              rows,
              density,
              Map.copyOf(settings),
              diffs == null ? null : new KeptDiffs(diffs));
      for (long seed = 1; seed <= seeds; seed++) {
        for (BenchmarkTask task : found) {
          for (MeasuredMethod method : measured) {
            report = measure(report, quality, task, method, seed);
            file.write(report);
          }
        }
      }
    }
    if (parts.contains(Part.STEPS) && report.steps() == null) {
      report = report.with(new StepBenchmark(baseName, rounds, out::println).measure());
    }
    file.write(report);
    ReportTable.print(out, report);
    return failures == 0 ? 0 : 1;
  }

  private void checkNumbers() {
    if (rows < 1 || seeds < 1 || rounds < 1 || !(density > 0 && density <= 1)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "--rows, --seeds and --rounds must be at least 1, --density must be in (0, 1]");
    }
  }

  private LearnReport begin(ReportFile file, Base base) {
    BenchmarkSettings now =
        new BenchmarkSettings(base.name(), base.digest(), rows, density, Map.copyOf(settings));
    LearnReport fresh = LearnReport.empty(now, Machine.here());
    if (!resume) {
      return fresh;
    }
    LearnReport kept = file.read().orElse(fresh);
    if (!kept.settings().equals(now)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "%s was measured with %s, expected %s: its scores do not compare"
              .formatted(json, kept.settings(), now));
    }
    return kept;
  }

  private LearnReport measure(
      LearnReport report,
      QualityBenchmark quality,
      BenchmarkTask task,
      MeasuredMethod method,
      long seed) {
    if (report.has(task.name(), method.name(), seed)) {
      out.printf("%-20s %-27s seed %d  kept%n", task.name(), method.name(), seed);
      return report;
    }
    Score score;
    try {
      score = quality.score(task, method, seed);
    } catch (DiffstreamException e) {
      if (e.code() != ErrorCode.QUALITY_GATE_FAILED) {
        throw e;
      }
      failures++;
      out.println(e.getMessage());
      return report;
    }
    print(score);
    return report.with(score);
  }

  private void print(Score score) {
    out.printf(
        Locale.ROOT,
        "%-20s %-27s seed %d  %s %.2f (dev %.2f, density %.2f %%) in %.0f s%n",
        score.task(),
        score.method(),
        score.seed(),
        score.metric(),
        score.score(),
        score.devScore(),
        100 * score.density(),
        score.seconds());
  }

  private List<BenchmarkTask> readTasks() {
    return directories().stream().map(BenchmarkTask::read).toList();
  }

  private List<Path> directories() {
    if (!tasks.isEmpty()) {
      return tasks.stream().map(data::resolve).toList();
    }
    try (Stream<Path> all = Files.list(data)) {
      return all.filter(directory -> Files.exists(directory.resolve("train.tsv")))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("the tasks in " + data + " cannot be listed", e);
    }
  }
}
