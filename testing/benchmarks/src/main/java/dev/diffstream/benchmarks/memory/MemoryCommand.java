package dev.diffstream.benchmarks.memory;

import dev.diffstream.base.Base;
import dev.diffstream.base.BaseChoice;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Memory of many runs in one process. */
@Command(
    name = "memory",
    mixinStandardHelpOptions = true,
    description = {
      "Handles task events one after another as a worker does and prints the process's resident memory after each, in one line of JSON.",
      "The JVM's own options decide much of it: they are printed too."
    })
public final class MemoryCommand implements Callable<Integer> {
  @Option(
      names = "--base",
      description = "minilm, or a directory in Hugging Face layout. Default: ${DEFAULT-VALUE}")
  private String baseName = "minilm";

  @Option(names = "--runs", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}")
  private int runs = 10;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "Rows of data of each run. Default: ${DEFAULT-VALUE}")
  private int rows = 200;

  @Option(
      names = "--methods",
      split = ",",
      description = "Of the runs, in turn. Default: diff-pruning")
  private List<String> methods = List.of("diff-pruning");

  @Option(
      names = "--lost-after",
      paramLabel = "N",
      description =
          "Every second run loses its event's lock when it has looked at it N times, as it does at each step. Default: none does")
  private int lostAfter = Integer.MAX_VALUE;

  @Option(
      names = "--setting",
      paramLabel = "NAME=NUMBER",
      description = "A setting of every run, as in a task event.")
  private Map<String, Double> settings = new TreeMap<>();

  private final PrintStream out = System.out;

  /**
   * What is printed.
   *
   * @param peakRatio peak memory after the last run over that after the first
   */
  record Report(String base, List<String> jvmOptions, double peakRatio, List<AfterRun> runs) {}

  /**
   * The process when a run has ended.
   *
   * @param ended false if the run was left because its lock was lost
   * @param peakBytes the most that was resident so far
   * @param residentBytes what is resident now
   */
  record AfterRun(
      String method, boolean ended, double seconds, long peakBytes, long residentBytes) {}

  @Override
  public Integer call() {
    if (runs < 1 || rows < 1) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "--runs and --rows must be at least 1");
    }
    List<AfterRun> after = new ArrayList<>();
    try (Base base = BaseChoice.local(baseName)) {
      WorkerRuns worker = new WorkerRuns(base, rows, settings);
      for (int run = 0; run < runs; run++) {
        after.add(afterRun(worker, run));
      }
    }
    double peakRatio = (double) after.getLast().peakBytes() / after.getFirst().peakBytes();
    List<String> options = ManagementFactory.getRuntimeMXBean().getInputArguments();
    out.println(Json.writeText(new Report(baseName, options, peakRatio, after)));
    return 0;
  }

  private AfterRun afterRun(WorkerRuns worker, int run) {
    String method = methods.get(run % methods.size());
    long began = System.nanoTime();
    AtomicInteger looks = new AtomicInteger();
    boolean loses = run % 2 == 1;
    boolean ended = worker.run(run, method, () -> !(loses && looks.incrementAndGet() > lostAfter));
    double seconds = (System.nanoTime() - began) / 1e9;
    AfterRun after =
        new AfterRun(
            method, ended, seconds, ResidentMemory.peakBytes(), ResidentMemory.currentBytes());
    System.err.printf(
        Locale.ROOT,
        "run %d, %s: %.1f s, peak %d MB, now %d MB%n",
        run + 1,
        method,
        seconds,
        after.peakBytes() / 1_000_000,
        after.residentBytes() / 1_000_000);
    return after;
  }
}
