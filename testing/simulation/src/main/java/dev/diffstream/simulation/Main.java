package dev.diffstream.simulation;

import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code diffstream simulate}: runs seeds and tells which of them broke an invariant. */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    description = {
      "Runs workers, registries and gateways in one thread with faults chosen by a seed,",
      "and checks the invariants after every step. Exit status 1: one did not hold."
    })
public final class Main implements Callable<Integer> {
  private static final int MAX_SHOWN = 3;
  private static final int MAX_LINES = 60;

  @Option(names = "--seeds", defaultValue = "1000", description = "How many (${DEFAULT-VALUE}).")
  private long seeds = 1_000;

  @Option(names = "--first", defaultValue = "1", description = "The first one (${DEFAULT-VALUE}).")
  private long first = 1;

  @Option(names = "--seed", description = "This one alone, with its steps: to replay a failure.")
  private @Nullable Long seed;

  @Option(names = "--fail-fast", description = "Stop at the first violation.")
  private boolean failFast;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there.")
  private @Nullable Path json;

  /** What {@code --json} writes. */
  record Figures(long seeds, long steps, long violations, double seconds) {}

  public static void main(String[] arguments) {
    System.setProperty("logback.configurationFile", "logback-simulation.xml"); // before any logger
    System.exit(new CommandLine(new Main()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    if (seed != null) {
      return replay(seed);
    }
    long began = System.nanoTime();
    long steps = 0;
    long violations = 0;
    for (long next = first; next < first + seeds && !(failFast && violations > 0); next++) {
      Simulation.Result result = Simulation.run(next);
      steps += result.steps();
      if (result.violation() != null && ++violations <= MAX_SHOWN) {
        show(result, MAX_LINES);
      }
    }
    Figures figures =
        new Figures(seeds, steps, violations, (System.nanoTime() - began) / 1_000_000 / 1_000.0);
    System.out.printf(
        "%d seeds, %d steps, %d violations, %.1f s%n",
        figures.seeds(), figures.steps(), figures.violations(), figures.seconds());
    if (json != null) {
      Files.write(json, Json.write(figures));
    }
    return violations == 0 ? 0 : 1;
  }

  private static int replay(long seed) {
    Simulation.Result result = Simulation.run(seed);
    show(result, result.trace().size());
    return result.violation() == null ? 0 : 1;
  }

  private static void show(Simulation.Result result, int lines) {
    System.out.println("seed " + result.seed() + ": " + result.violation());
    int from = Math.max(0, result.trace().size() - lines);
    result
        .trace()
        .subList(from, result.trace().size())
        .forEach(line -> System.out.println("  " + line));
    System.out.println("  replay: ./diffstream simulate --seed " + result.seed());
  }
}
