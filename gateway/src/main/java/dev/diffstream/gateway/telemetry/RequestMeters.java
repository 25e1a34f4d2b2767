package dev.diffstream.gateway.telemetry;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Requests by task, protocol and code, with their latency. */
public final class RequestMeters {
  private static final String NAME = "diffstream.gateway.requests";
  private static final String TASK = "task";

  /** Of names that callers make up, and of tasks that are not served. */
  private static final String UNKNOWN = "unknown";

  private static final Duration[] BUCKETS =
      Stream.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);
  private static final Duration RANKED_EVERY = Duration.ofMinutes(1);

  private final Supplier<ServingCatalog> catalog;
  private final TaskStatistics statistics;
  private final MeterRegistry meters;
  private final TaskLabels labels;
  private final LongSupplier nanoTime;
  private final AtomicLong ranked;

  /**
   * @param maxTasks that have meters of their own
   */
  public RequestMeters(Supplier<ServingCatalog> catalog, int maxTasks, MeterRegistry meters) {
    this(catalog, maxTasks, meters, System::nanoTime);
  }

  RequestMeters(
      Supplier<ServingCatalog> catalog, int maxTasks, MeterRegistry meters, LongSupplier nanoTime) {
    this.catalog = catalog;
    this.statistics = new TaskStatistics(catalog, InstantSource.system());
    this.meters = meters;
    this.labels = new TaskLabels(maxTasks);
    this.nanoTime = nanoTime;
    this.ranked = new AtomicLong(nanoTime.getAsLong());
  }

  /**
   * @param diff that was asked; null if none was found
   */
  public void answered(
      String task,
      @Nullable ResidentDiff diff,
      Protocol protocol,
      @Nullable Throwable failure,
      RequestTimes times) {
    if (diff != null) {
      statistics.answered(diff, failure != null, times);
    }
    boolean known = catalog.get().resident().containsKey(task);
    Timer.builder(NAME)
        .tag(TASK, known ? labels.asked(task) : UNKNOWN)
        .tag("protocol", protocol.label())
        .tag("code", failure == null ? "OK" : codeOf(failure))
        .serviceLevelObjectives(BUCKETS)
        .register(meters)
        .record(times.total());
    long last = ranked.get();
    long now = nanoTime.getAsLong();
    if (now - last >= RANKED_EVERY.toNanos() && ranked.compareAndSet(last, now)) {
      labels.rank();
      removeUnlabelled();
    }
  }

  /** The same by task and version. */
  public TaskStatistics statistics() {
    return statistics;
  }

  /** A request that was under way when its task lost its label may have made its meter again. */
  private void removeUnlabelled() {
    for (Meter meter : List.copyOf(meters.find(NAME).meters())) {
      String task = meter.getId().getTag(TASK);
      if (task != null
          && !task.equals(UNKNOWN)
          && !task.equals(TaskLabels.OTHER)
          && !labels.contains(task)) {
        meters.remove(meter);
      }
    }
  }

  static String codeOf(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return switch (cause) {
      case DiffstreamException known -> known.code().name();
      case CancellationException cancelled -> ErrorCode.CANCELLED.name();
      default -> ErrorCode.OUTCOME_UNKNOWN.name();
    };
  }
}
