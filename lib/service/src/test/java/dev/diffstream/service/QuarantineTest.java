package dev.diffstream.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.Quarantine.Entry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class QuarantineTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  private final Quarantine quarantine =
      new Quarantine(now::get, Duration.ofSeconds(1), Duration.ofSeconds(10));

  private void advance(long seconds) {
    now.updateAndGet(instant -> instant.plusSeconds(seconds));
  }

  private static DiffstreamException busy() {
    return new DiffstreamException(ErrorCode.OVERLOADED, "the store is away");
  }

  @Test
  void aFailureThatMayPassIsDueAgainEverLater() {
    assertThat(quarantine.add("k", busy()))
        .isEqualTo(
            new Entry(
                "k", ErrorCode.OVERLOADED, "the store is away", START, 1, START.plusSeconds(1)));
    assertThat(quarantine.due()).isEmpty();
    advance(1);
    assertThat(quarantine.due()).containsExactly("k");
    for (int pause : new int[] {2, 4, 8, 10, 10}) {
      quarantine.add("k", busy());
      advance(pause - 1);
      assertThat(quarantine.due()).isEmpty();
      advance(1);
      assertThat(quarantine.due()).containsExactly("k");
    }
    assertThat(quarantine.find("k"))
        .hasValueSatisfying(
            entry -> {
              assertThat(entry.attempts()).isEqualTo(6);
              assertThat(entry.since()).isEqualTo(START);
            });
  }

  @Test
  void whatCannotPassIsTriedOnRequestAlone() {
    quarantine.add("k", ErrorCode.MALFORMED_DIFF, "bad magic");
    advance(1_000_000);
    assertThat(quarantine.due()).isEmpty();
    assertThat(quarantine.retry("k")).isTrue();
    assertThat(quarantine.due()).containsExactly("k");
    quarantine.add("k", ErrorCode.MALFORMED_DIFF, "bad magic");
    advance(1_000_000);
    assertThat(quarantine.due()).isEmpty();
    assertThat(quarantine.retry("unknown")).isFalse();
    assertThat(quarantine.contains("unknown")).isFalse();
  }

  @Test
  void aClockThatIsSetBackDelaysNoTry() {
    quarantine.add("k", busy());
    quarantine.add("never", ErrorCode.MALFORMED_DIFF, "bad magic");
    advance(-3600);
    assertThat(quarantine.due()).containsExactly("k");
    quarantine.add("k", busy());
    assertThat(quarantine.due()).isEmpty();
    advance(2);
    assertThat(quarantine.due()).containsExactly("k");
  }

  @Test
  void aPauseOfTheCallersMakesAnyFailureDueAgain() {
    DiffstreamException damaged = new DiffstreamException(ErrorCode.DIGEST_MISMATCH, "damaged");
    quarantine.add("k", damaged, Duration.ofSeconds(60));
    advance(59);
    assertThat(quarantine.due()).isEmpty();
    advance(1);
    assertThat(quarantine.due()).containsExactly("k");
  }

  @Test
  void theNewestFailureCounts() {
    quarantine.add("k", busy());
    quarantine.add("k", ErrorCode.DATA_FORBIDDEN, "no");
    assertThat(quarantine.find("k").orElseThrow().nextTry()).isNull();
    quarantine.add("k", busy());
    assertThat(quarantine.find("k").orElseThrow().nextTry()).isEqualTo(START.plusSeconds(4));
  }

  @Test
  void whatIsResolvedBeginsAnew() {
    quarantine.add("k", busy());
    quarantine.resolve("k");
    quarantine.resolve("k");
    assertThat(quarantine.size()).isZero();
    assertThat(quarantine.find("k")).isEmpty();
    advance(60);
    assertThat(quarantine.due()).isEmpty();
    assertThat(quarantine.add("k", busy()).attempts()).isEqualTo(1);
  }

  @Test
  void theLongestDueComesFirst() {
    quarantine.add("late", busy());
    quarantine.add("late", busy());
    quarantine.add("b", busy());
    quarantine.add("a", busy());
    advance(2);
    assertThat(quarantine.due()).containsExactly("a", "b", "late");
  }

  @Test
  void listsTheOldestUpToABound() {
    for (String key : List.of("c", "b", "a")) {
      quarantine.add(key, busy());
      advance(1);
    }
    assertThat(quarantine.entries(2)).extracting(Entry::key).containsExactly("c", "b");
    assertThat(quarantine.entries(10)).hasSize(3);
  }

  @Test
  void reasonsAreBounded() {
    String reason = quarantine.add("k", ErrorCode.OVERLOADED, "x".repeat(1 << 20)).reason();
    assertThat(reason).hasSize(Quarantine.MAX_TEXT).endsWith("…");
  }

  @Test
  void theGaugesCountByKind() {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    quarantine.bindTo(meters, "registry.quarantine");
    quarantine.add("a", busy());
    quarantine.add("b", busy());
    quarantine.add("c", ErrorCode.MALFORMED_DIFF, "bad magic");
    assertThat(gauge(meters, "true")).isEqualTo(2);
    assertThat(gauge(meters, "false")).isEqualTo(1);
    quarantine.resolve("c");
    assertThat(gauge(meters, "false")).isZero();
  }

  private static double gauge(SimpleMeterRegistry meters, String retryable) {
    return meters.get("registry.quarantine").tag("retryable", retryable).gauge().value();
  }
}
