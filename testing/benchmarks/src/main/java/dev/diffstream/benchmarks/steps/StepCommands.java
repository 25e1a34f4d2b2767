package dev.diffstream.benchmarks.steps;

import dev.diffstream.base.Base;
import dev.diffstream.benchmarks.memory.ResidentMemory;
import dev.diffstream.benchmarks.steps.StepKind.EmbeddingRows;
import dev.diffstream.schemas.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The commands that run in a process of their own. */
public abstract class StepCommands implements Callable<Integer> {
  @Option(names = "--base", description = "minilm, or a directory in Hugging Face layout.")
  private String base = "minilm";

  @Option(names = "--rows", description = "Embedding rows in use: ${COMPLETION-CANDIDATES}.")
  private EmbeddingRows rows = EmbeddingRows.QUARTER;

  @Option(names = "--rounds", paramLabel = "N", description = "Steps of each kind after warm-up.")
  private int rounds = 40;

  private final PrintStream out = System.out;

  String base() {
    return base;
  }

  EmbeddingRows rows() {
    return rows;
  }

  int rounds() {
    return rounds;
  }

  PrintStream out() {
    return out;
  }

  /** What {@link Times} prints. */
  record Timed(int batchSize, int tokens, List<StepTimes.Time> times) {}

  /** What {@link Memory} prints. */
  record Peak(long peakBytes) {}

  /** Time of each kind of step. */
  @Command(
      name = "step-times",
      hidden = true,
      description = "Times the kinds of step against each other; prints JSON.")
  public static final class Times extends StepCommands {
    @Override
    public Integer call() {
      int tokens;
      try (Base loaded = Stepper.load(base())) {
        tokens = StepBatches.length(loaded);
      }
      List<StepTimes.Time> times = StepTimes.measure(base(), rows(), rounds());
      out().println(Json.writeText(new Timed(StepBatches.SIZE, tokens, times)));
      return 0;
    }
  }

  /** Peak memory of one kind of step. */
  @Command(
      name = "step-memory",
      hidden = true,
      description = "Takes steps of one kind; prints the process's peak resident memory as JSON.")
  public static final class Memory extends StepCommands {
    @Option(names = "--kind", required = true)
    private StepKind kind = StepKind.FULL;

    @Override
    public Integer call() {
      try (Stepper stepper = new Stepper(kind, rows(), base())) {
        for (int i = 0; i < rounds(); i++) {
          stepper.step();
        }
        out().println(Json.writeText(new Peak(ResidentMemory.peakBytes())));
      }
      return 0;
    }
  }

  /** Steps on demand, to be paired with another program's. */
  @Command(
      name = "step-server",
      hidden = true,
      description =
          "Prints READY, then for each line \"s\" takes a step and prints its seconds and its loss.")
  public static final class Server extends StepCommands {
    @Option(names = "--kind")
    private StepKind kind = StepKind.FULL;

    @Override
    public Integer call() throws IOException {
      try (Stepper stepper = new Stepper(kind, rows(), base())) {
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        out().println("READY");
        for (String line = in.readLine(); "s".equals(line); line = in.readLine()) {
          double seconds = stepper.step();
          out().printf(Locale.ROOT, "%.6f %.7f%n", seconds, stepper.losses().getLast());
          out().flush();
        }
      }
      return 0;
    }
  }
}
