package dev.diffstream.registry.http;

import dev.diffstream.registry.telemetry.RegistryCounters;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.LongAdder;

/** The registrar's counts as meters. */
@Singleton
public final class RegistryMetrics implements MeterBinder {
  private final RegistryView registry;

  public RegistryMetrics(RegistryView registry) {
    this.registry = registry;
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    RegistryCounters counters = registry.counters();
    counter(meters, "diffstream.registry.versions", counters.versioned());
    counter(meters, "diffstream.registry.duplicates", counters.duplicates());
    counter(meters, "diffstream.registry.without.claim", counters.withoutClaim());
    counter(meters, "diffstream.registry.malformed", counters.malformed());
    counter(meters, "diffstream.registry.workers.lost", counters.workersLost());
    counter(meters, "diffstream.registry.retries", counters.retries());
    counters
        .refused()
        .forEach(
            (code, count) ->
                FunctionCounter.builder("diffstream.registry.refused", count, LongAdder::sum)
                    .tag("code", code.name())
                    .register(meters));
    Gauge.builder("diffstream.registry.tasks", registry, r -> r.snapshot().get().tasks().size())
        .register(meters);
    runs(meters, "queued");
    runs(meters, "running");
    runs(meters, "paused");
    runs(meters, "published");
    runs(meters, "versioned");
    runs(meters, "failed");
    runs(meters, "cancelled");
  }

  private void runs(MeterRegistry meters, String state) {
    Gauge.builder(
            "diffstream.registry.runs", registry, r -> r.snapshot().get().runIndex().count(state))
        .tag("state", state)
        .register(meters);
  }

  private static void counter(MeterRegistry meters, String name, LongAdder count) {
    FunctionCounter.builder(name, count, LongAdder::sum).register(meters);
  }
}
