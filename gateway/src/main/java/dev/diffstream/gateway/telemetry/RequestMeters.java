package dev.diffstream.gateway.telemetry;

import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.model.InferenceThread;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Requests by task, protocol and code with their latency, resident tasks, and examples by batch.
 */
public final class RequestMeters {
  private final Supplier<ServingCatalog> catalog;
  private final MeterRegistry meters;

  public RequestMeters(
      Supplier<ServingCatalog> catalog,
      InferenceThread inference,
      BooleanSupplier ready,
      MeterRegistry meters) {
    this.catalog = catalog;
    this.meters = meters;
    FunctionCounter.builder("diffstream.gateway.batches", inference.batches(), LongAdder::sum)
        .register(meters);
    FunctionCounter.builder("diffstream.gateway.examples", inference.examples(), LongAdder::sum)
        .register(meters);
    Gauge.builder("diffstream.gateway.waiting", inference, InferenceThread::waiting)
        .register(meters);
    Gauge.builder("diffstream.gateway.resident", catalog, c -> c.get().resident().size())
        .register(meters);
    Gauge.builder("diffstream.gateway.failed", catalog, c -> c.get().failed().size())
        .register(meters);
    Gauge.builder("diffstream.gateway.ready", ready, r -> r.getAsBoolean() ? 1 : 0)
        .strongReference(true) // nobody else may hold it, and without it there is no value
        .register(meters);
  }

  public void answered(String task, Protocol protocol, @Nullable Throwable failure, long nanos) {
    boolean known = catalog.get().resident().containsKey(task);
    Timer.builder("diffstream.gateway.requests")
        .tag("task", known ? task : "unknown") // names that callers make up are no label
        .tag("protocol", protocol.label())
        .tag("code", failure == null ? "OK" : codeOf(failure))
        .publishPercentileHistogram()
        .register(meters)
        .record(Duration.ofNanos(nanos));
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
