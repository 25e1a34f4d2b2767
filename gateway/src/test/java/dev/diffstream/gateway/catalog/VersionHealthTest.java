package dev.diffstream.gateway.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.diff.model.DiffMetadata;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class VersionHealthTest {
  private static final class NotRead implements PreparedDiff {
    @Override
    public DiffMetadata metadata() {
      throw new AssertionError("nobody asks");
    }
  }

  private Instant now = Instant.EPOCH;
  private final VersionHealth health = new VersionHealth(0.1, () -> now);

  private static ResidentDiff diff(String task, long generation) {
    return new ResidentDiff(
        task, generation, 7, "digest", 1, new NotRead(), Map.of(), ServedAs.CHAMPION);
  }

  @Test
  void moreFaultsThanTheShareAreToldOnce() {
    health.answered(diff("a", 1), 50, 5);
    assertThat(health.unhealthy()).as("10 % is not more than 10 %").isEmpty();
    health.answered(diff("a", 1), 1, 1);
    List<VersionHealth.Unhealthy> told = health.unhealthy();
    assertThat(told)
        .containsExactly(new VersionHealth.Unhealthy(told.getFirst().diff(), 51, 6, Instant.EPOCH));
    assertThat(told.getFirst().diff().taskId()).isEqualTo("a");
    health.answered(diff("a", 1), 100, 100);
    now = now.plus(Duration.ofHours(1));
    health.answered(diff("a", 1), 100, 100);
    assertThat(health.unhealthy()).as("told already").isEmpty();
    health.answered(diff("a", 2), 100, 100);
    assertThat(health.unhealthy()).as("another generation").hasSize(1);
  }

  @Test
  void fewFaultsSayNothing() {
    for (int i = 0; i < VersionHealth.MIN_FAULTS - 1; i++) {
      health.answered(diff("a", 1), 1, 1);
    }
    assertThat(health.unhealthy()).isEmpty();
    health.answered(diff("b", 1), 1, 1);
    assertThat(health.unhealthy()).as("each version for itself").isEmpty();
    health.answered(diff("a", 1), 1, 1);
    assertThat(health.unhealthy()).hasSize(1);
  }

  @Test
  void onlyTheLastMinuteCounts() {
    health.answered(diff("a", 1), 4, 4);
    now = now.plus(Duration.ofMinutes(1));
    health.answered(diff("a", 1), 4, 4);
    assertThat(health.unhealthy()).isEmpty();
    health.answered(diff("a", 1), 1, 1);
    assertThat(health.unhealthy()).hasSize(1);
  }

  @Test
  void aClockThatIsSetBackBeginsAgain() {
    health.answered(diff("a", 1), 4, 4);
    now = now.minus(Duration.ofDays(1));
    health.answered(diff("a", 1), 4, 4);
    assertThat(health.unhealthy()).isEmpty();
  }
}
