package dev.diffstream.gateway;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micronaut.context.annotation.Context;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Requests by task and code with their latency, resident tasks, and switches between diffs. Made at
 * start, so that an idle gateway is seen too.
 */
@Context
final class RequestMeters {
  private final GatewayView gateway;
  private final MeterRegistry meters;

  RequestMeters(GatewayView gateway, MeterRegistry meters) {
    this.gateway = gateway;
    this.meters = meters;
    FunctionCounter.builder(
            "diffstream.gateway.switches", gateway.inference().switches(), LongAdder::sum)
        .register(meters);
    Gauge.builder("diffstream.gateway.waiting", gateway, g -> g.inference().waiting())
        .register(meters);
    Gauge.builder("diffstream.gateway.resident", gateway, g -> g.catalog().get().resident().size())
        .register(meters);
    Gauge.builder("diffstream.gateway.failed", gateway, g -> g.catalog().get().failed().size())
        .register(meters);
    Gauge.builder("diffstream.gateway.ready", gateway, g -> g.ready() ? 1 : 0).register(meters);
  }

  void answered(String task, @Nullable Throwable failure, long nanos) {
    boolean known = gateway.catalog().get().resident().containsKey(task);
    Timer.builder("diffstream.gateway.requests")
        .tag("task", known ? task : "unknown") // names that callers make up are no label
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
    return cause instanceof DiffstreamException known
        ? known.code().name()
        : ErrorCode.OUTCOME_UNKNOWN.name();
  }
}
