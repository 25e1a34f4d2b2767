package dev.diffstream.gateway.telemetry;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Counts and times of requests by task and version, since the gateway has loaded them. Of what is
 * loaded no more, nothing is kept.
 *
 * <p>Thread-safe.
 */
public final class TaskStatistics {
  private final Supplier<ServingCatalog> catalog;
  private final InstantSource clock;
  private final Map<Version, Statistics> kept = new ConcurrentHashMap<>();

  public TaskStatistics(Supplier<ServingCatalog> catalog, InstantSource clock) {
    this.catalog = catalog;
    this.clock = clock;
  }

  private record Version(String task, long number) {}

  /** A number of requests, and their time together. */
  public record Total(long count, Duration time) {
    static final Total NONE = new Total(0, Duration.ZERO);

    Total plus(Duration more) {
      return new Total(count + 1, time.plus(more));
    }
  }

  /**
   * Of one version of a task.
   *
   * @param last when a request was answered; the epoch if none was
   * @param examples that were answered
   * @param queue of the requests that were answered, until their last example was computed with
   *     others
   * @param compute of the batches in which their examples were computed
   */
  public record Statistics(
      String task,
      long version,
      Instant last,
      long examples,
      Total success,
      Total failure,
      Total queue,
      Total compute) {
    static Statistics none(Version version) {
      return new Statistics(
          version.task(),
          version.number(),
          Instant.EPOCH,
          0,
          Total.NONE,
          Total.NONE,
          Total.NONE,
          Total.NONE);
    }

    Statistics failed(Duration time) {
      return new Statistics(
          task, version, last, examples, success, failure.plus(time), queue, compute);
    }

    Statistics answered(RequestTimes times, Instant now) {
      return new Statistics(
          task,
          version,
          now,
          examples + times.examples(),
          success.plus(times.total()),
          failure,
          queue.plus(times.queue()),
          compute.plus(times.compute()));
    }
  }

  void answered(ResidentDiff diff, boolean failed, RequestTimes times) {
    kept.compute(
        new Version(diff.taskId(), diff.version()),
        (version, before) -> {
          Statistics statistics = before == null ? Statistics.none(version) : before;
          return failed
              ? statistics.failed(times.total())
              : statistics.answered(times, clock.instant());
        });
    forget(catalog.get());
  }

  /** What was served and is not any more is a small part of what is kept. */
  private void forget(ServingCatalog now) {
    int loaded = now.resident().size() + now.previous().size() + now.canary().size();
    if (kept.size() > 2 * loaded + 16) {
      kept.keySet().removeIf(version -> !now.versions(version.task()).contains(version.number()));
    }
  }

  /** Of versions that are loaded, the one that serves first; zeros where none was asked. */
  public List<Statistics> of(String task) {
    return catalog.get().versions(task).stream().map(number -> of(task, number)).toList();
  }

  public Statistics of(String task, long version) {
    Version key = new Version(task, version);
    return kept.getOrDefault(key, Statistics.none(key));
  }
}
