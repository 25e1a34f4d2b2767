package dev.diffstream.benchmarks.steps;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.benchmarks.steps.StepKind.EmbeddingRows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Measures the steps, each process apart from all else that the benchmarks do. */
public final class StepBenchmark {
  private final String base;
  private final int rounds;
  private final Consumer<String> say;

  /**
   * @param base {@code minilm} or a directory
   * @param say hears what is being measured
   */
  public StepBenchmark(String base, int rounds, Consumer<String> say) {
    this.base = base;
    this.rounds = rounds;
    this.say = say;
  }

  /** Times and memory of every kind of step, with a quarter of the embedding rows and with all. */
  public StepCosts measure() throws IOException, InterruptedException {
    List<StepCosts.Cost> costs = new ArrayList<>();
    int batchSize = 0;
    int tokens = 0;
    for (EmbeddingRows rows : EmbeddingRows.values()) {
      say.accept("timing steps, embedding rows in use: " + rows);
      JsonNode timed = ChildJvm.run(ChildJvm.OPTIONS, arguments("step-times", "--rows=" + rows));
      batchSize = timed.get("batchSize").intValue();
      tokens = timed.get("tokens").intValue();
      Map<StepKind, Long> peaks = peaks(rows);
      for (JsonNode time : timed.get("times")) {
        costs.add(cost(StepKind.valueOf(time.get("kind").textValue()), rows, time, peaks));
      }
    }
    return new StepCosts(batchSize, tokens, rounds, ChildJvm.OPTIONS, costs);
  }

  private Map<StepKind, Long> peaks(EmbeddingRows rows) throws IOException, InterruptedException {
    Map<StepKind, Long> peaks = new EnumMap<>(StepKind.class);
    for (StepKind kind : StepKind.values()) {
      say.accept("peak memory of " + kind.text() + ", embedding rows in use: " + rows);
      JsonNode found =
          ChildJvm.run(
              ChildJvm.OPTIONS, arguments("step-memory", "--rows=" + rows, "--kind=" + kind));
      peaks.put(kind, found.get("peakBytes").longValue());
    }
    return peaks;
  }

  private List<String> arguments(String command, String... more) {
    List<String> all = new ArrayList<>(List.of(command, "--base=" + base, "--rounds=" + rounds));
    all.addAll(List.of(more));
    return all;
  }

  private static StepCosts.Cost cost(
      StepKind kind, EmbeddingRows rows, JsonNode time, Map<StepKind, Long> peaks) {
    long peak = peaks.getOrDefault(kind, 0L);
    return new StepCosts.Cost(
        kind.text(),
        rows,
        time.get("seconds").doubleValue(),
        time.get("ratio").doubleValue(),
        peak,
        peak / (double) peaks.getOrDefault(StepKind.FULL, 0L),
        time.get("firstLoss").doubleValue(),
        time.get("lastLoss").doubleValue());
  }
}
