package dev.diffstream.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.diffstream.gateway.telemetry.TaskStatistics.Statistics;
import dev.diffstream.gateway.telemetry.TaskStatistics.Total;
import java.util.List;

/**
 * The statistics extension of the protocol, by the names of its specification: what load generators
 * read before and after they ask.
 */
public final class StatisticsBodies {
  private StatisticsBodies() {}

  /** A number of requests and their nanoseconds together. */
  public record Duration(long count, long ns) {
    static final Duration NONE = new Duration(0, 0);

    static Duration of(Total total) {
      return new Duration(total.count(), total.time().toNanos());
    }

    /** Of as many requests, no time. */
    Duration untimed() {
      return new Duration(count, 0);
    }
  }

  /**
   * Queue and inference are of requests that were answered. What is not told apart from inference
   * took no time, as often as that: clients expect the same three counts. There is no cache.
   */
  public record Durations(
      Duration success,
      Duration fail,
      Duration queue,
      @JsonProperty("compute_input") Duration computeInput,
      @JsonProperty("compute_infer") Duration computeInfer,
      @JsonProperty("compute_output") Duration computeOutput,
      @JsonProperty("cache_hit") Duration cacheHit,
      @JsonProperty("cache_miss") Duration cacheMiss) {}

  /**
   * @param lastInference milliseconds since the epoch; 0 if nothing was inferred
   * @param inferenceCount examples
   * @param executionCount requests
   */
  public record Model(
      String name,
      String version,
      @JsonProperty("last_inference") long lastInference,
      @JsonProperty("inference_count") long inferenceCount,
      @JsonProperty("execution_count") long executionCount,
      @JsonProperty("inference_stats") Durations inferenceStats,
      @JsonProperty("batch_stats") List<Object> batchStats) {}

  public record Models(@JsonProperty("model_stats") List<Model> modelStats) {}

  public static Models of(List<Statistics> versions) {
    return new Models(versions.stream().map(StatisticsBodies::model).toList());
  }

  private static Model model(Statistics of) {
    Duration compute = Duration.of(of.compute());
    return new Model(
        of.task(),
        Long.toString(of.version()),
        of.last().toEpochMilli(),
        of.examples(),
        of.success().count(),
        new Durations(
            Duration.of(of.success()),
            Duration.of(of.failure()),
            Duration.of(of.queue()),
            compute.untimed(),
            compute,
            compute.untimed(),
            Duration.NONE,
            Duration.NONE),
        List.of());
  }
}
