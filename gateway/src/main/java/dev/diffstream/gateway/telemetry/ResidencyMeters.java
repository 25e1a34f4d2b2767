package dev.diffstream.gateway.telemetry;

import dev.diffstream.gateway.announcement.ServedTimes;
import dev.diffstream.gateway.cache.CacheCounts;
import dev.diffstream.gateway.cache.DiffCache;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.certificate.CertificateCounts;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Meters of what is resident, of the cache, of readiness, and of the time from announcement to
 * serving.
 */
public final class ResidencyMeters {
  private ResidencyMeters() {}

  public static void bind(
      MeterRegistry meters,
      Supplier<ServingCatalog> catalog,
      BooleanSupplier ready,
      DiffCache cache,
      ServedTimes times) {
    Gauge.builder("diffstream.gateway.resident", catalog, c -> c.get().resident().size())
        .register(meters);
    Gauge.builder("diffstream.gateway.failed", catalog, c -> c.get().failed().size())
        .register(meters);
    Gauge.builder("diffstream.gateway.ready", ready, r -> r.getAsBoolean() ? 1 : 0)
        .strongReference(true) // nobody else may hold it, and without it there is no value
        .register(meters);
    Gauge.builder("diffstream.gateway.previous", () -> catalog.get().previous().size())
        .description("previous versions that are kept beside their champions")
        .register(meters);
    Gauge.builder("diffstream.gateway.cache.bytes", cache, DiffCache::bytes).register(meters);
    CacheCounts counts = cache.counts();
    count(meters, "hits", counts.hits());
    count(meters, "misses", counts.misses());
    count(meters, "evictions", counts.evictions());
    count(meters, "damaged", counts.damaged());
    count(meters, "failures", counts.failures());
    Timer served =
        Timer.builder("diffstream.gateway.announced.to.served")
            .description("from an announcement until its champion serves")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofMillis(1))
            .maximumExpectedValue(Duration.ofMinutes(10))
            .register(meters);
    times.tell(served::record);
  }

  /** From now on what certificates find is counted. */
  public static void bind(MeterRegistry meters, CertificateCounts counts) {
    certificates(meters, "", counts.certificates(), "certificates that were issued");
    certificates(
        meters, ".tasks", counts.tasks(), "tasks whose probes were compared in certificates");
    certificates(
        meters,
        ".differences",
        counts.different(),
        "tasks that gave other bits than before, which never happens unless something is broken");
  }

  private static void certificates(
      MeterRegistry meters, String what, LongAdder counter, String description) {
    FunctionCounter.builder("diffstream.gateway.certificates" + what, counter, LongAdder::sum)
        .description(description)
        .register(meters);
  }

  private static void count(MeterRegistry meters, String what, LongAdder counter) {
    FunctionCounter.builder("diffstream.gateway.cache." + what, counter, LongAdder::sum)
        .register(meters);
  }
}
