package dev.diffstream.gateway.telemetry;

import dev.diffstream.gateway.batching.ByteBudget;
import dev.diffstream.gateway.inference.InferenceThread;
import dev.diffstream.gateway.inference.PhaseTimes;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** What waits for the model, how it is batched, and on what the time of requests is spent. */
public final class InferenceMeters implements PhaseTimes {
  private static final double[] EXAMPLES = {1, 2, 4, 8, 16, 32, 64, 128};
  private static final double[] TOKENS = {16, 32, 64, 128, 256, 512, 1024, 2048, 4096};

  private static final String BASE = "base";

  private final Map<Phase, Timer> phases = new EnumMap<>(Phase.class);
  private final DistributionSummary batchExamples;
  private final DistributionSummary batchTokens;

  private InferenceMeters(MeterRegistry meters, String base) {
    for (Phase phase : Phase.values()) {
      phases.put(
          phase,
          Timer.builder("diffstream.gateway.phase")
              .description("time of requests, and of batches for phase compute")
              .tag(BASE, base)
              .tag("phase", phase.name().toLowerCase(Locale.ROOT))
              .publishPercentileHistogram()
              .minimumExpectedValue(Duration.ofNanos(100_000))
              .maximumExpectedValue(Duration.ofSeconds(30))
              .register(meters));
    }
    batchExamples =
        DistributionSummary.builder("diffstream.gateway.batch.examples")
            .description("texts that are computed together")
            .tag(BASE, base)
            .serviceLevelObjectives(EXAMPLES)
            .register(meters);
    batchTokens =
        DistributionSummary.builder("diffstream.gateway.batch.tokens")
            .description("what they cost, in tokens")
            .tag(BASE, base)
            .serviceLevelObjectives(TOKENS)
            .register(meters);
  }

  /** From now on the bytes of what waits are measured. */
  public static void bind(MeterRegistry meters, ByteBudget budget) {
    Gauge.builder("diffstream.gateway.waiting.bytes", budget, ByteBudget::used)
        .description("bytes of requests that are not answered yet")
        .register(meters);
  }

  /** From now on {@code inference} is measured, which answers by this base. */
  public static void bind(MeterRegistry meters, String base, InferenceThread inference) {
    FunctionCounter.builder("diffstream.gateway.batches", inference.batches(), LongAdder::sum)
        .tag(BASE, base)
        .register(meters);
    FunctionCounter.builder("diffstream.gateway.examples", inference.examples(), LongAdder::sum)
        .tag(BASE, base)
        .register(meters);
    Gauge.builder("diffstream.gateway.waiting", inference, InferenceThread::waiting)
        .description("requests of which texts wait")
        .tag(BASE, base)
        .register(meters);
    Gauge.builder("diffstream.gateway.waiting.tokens", inference, InferenceThread::waitingTokens)
        .description("what the texts that wait cost, in tokens")
        .tag(BASE, base)
        .register(meters);
    inference.tell(new InferenceMeters(meters, base));
  }

  @Override
  public void took(Phase phase, long nanos) {
    Objects.requireNonNull(phases.get(phase)).record(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void batch(int examples, int tokens) {
    batchExamples.record(examples);
    batchTokens.record(tokens);
  }
}
