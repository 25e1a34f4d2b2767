package dev.diffstream.gateway.telemetry;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.memory.DiffMemory;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** Meters of prepared diffs in memory, and of those that are let go and read again. */
public final class MemoryMeters {
  private MemoryMeters() {}

  public static void bind(
      MeterRegistry meters, DiffMemory memory, Supplier<ServingCatalog> catalog) {
    Gauge.builder("diffstream.gateway.resident.bytes", () -> preparedBytes(catalog.get()))
        .description(
            "memory of all prepared diffs if none were let go, previous versions and canaries counted")
        .register(meters);
    Gauge.builder("diffstream.gateway.memory.bytes", memory, DiffMemory::bytes)
        .description("memory of the prepared diffs that may be let go and were not")
        .register(meters);
    Gauge.builder("diffstream.gateway.memory.diffs", memory, DiffMemory::size).register(meters);
    FunctionCounter.builder("diffstream.gateway.memory.unloads", memory.unloads(), LongAdder::sum)
        .description("diffs that were let go, since others were asked for later")
        .register(meters);
    Timer reloads =
        Timer.builder("diffstream.gateway.memory.reloads")
            .description("reading of diffs that were let go and asked for again")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofMillis(1))
            .maximumExpectedValue(Duration.ofSeconds(30))
            .register(meters);
    memory.tell(reloads::record);
  }

  private static long preparedBytes(ServingCatalog catalog) {
    return catalog.resident().keySet().stream()
        .flatMap(catalog::diffs)
        .map(ResidentDiff::prepared)
        .distinct()
        .mapToLong(prepared -> prepared.bytes())
        .sum();
  }
}
