package dev.diffstream.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServedAs;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RequestMetersTest {
  private static final int TASKS = 1000;
  private static final int LABELS = 10;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AtomicLong now = new AtomicLong();
  private final RequestMeters requests = new RequestMeters(served(), LABELS, meters, now::get);

  private static java.util.function.Supplier<ServingCatalog> served() {
    ServingCatalog catalog = ServingCatalog.EMPTY;
    for (int i = 0; i < TASKS; i++) {
      catalog =
          catalog.withOnly(
              new ResidentDiff(
                  "task-" + i, 1, 1, "d", 1, new Nothing(), Map.of(), ServedAs.CHAMPION));
    }
    ServingCatalog all = catalog;
    return () -> all;
  }

  private record Nothing() implements PreparedDiff {
    @Override
    public DiffMetadata metadata() {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void thousandTasksMakeAsManySeriesAsThereAreLabels() {
    for (int i = 0; i < TASKS; i++) {
      ask("task-" + i);
    }
    ask("made-up");
    assertThat(counts()).hasSize(LABELS + 2).containsEntry("other", 990L);
    assertThat(counts()).containsEntry("unknown", 1L).containsEntry("task-0", 1L);
  }

  @Test
  void whoeverIsAskedMostHasASeriesAfterAMinute() {
    for (int i = 0; i < TASKS; i++) {
      ask("task-" + i);
    }
    for (int i = 0; i < 5; i++) {
      ask("task-500");
    }
    assertThat(counts()).doesNotContainKey("task-500");
    now.addAndGet(Duration.ofMinutes(1).toNanos());
    ask("task-500");
    ask("task-500");
    assertThat(counts()).hasSize(LABELS + 1).containsEntry("task-500", 1L);
  }

  private void ask(String task) {
    requests.answered(task, null, Protocol.HTTP, null, RequestTimes.of(1_000_000, null));
  }

  private Map<String, Long> counts() {
    Map<String, Long> counts = new TreeMap<>();
    for (Timer timer : meters.find("diffstream.gateway.requests").timers()) {
      counts.put(timer.getId().getTag("task"), timer.count());
    }
    return counts;
  }
}
