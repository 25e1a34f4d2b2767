package dev.diffstream.service.access;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.AccessRecorded;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts what is refused, so that a flood of bad requests makes few records: of a key and a code
 * one at once, and then at most one a minute, which says how many it stands for. At most 100 keys
 * are told apart; the rest count as requests without a known key do. Thread-safe.
 */
public final class Refusals {
  private static final Duration BETWEEN = Duration.ofMinutes(1);
  private static final int MOST = 100;

  private record Kind(@Nullable String keyId, ErrorCode code) {}

  /** Guarded by {@link #kinds}. */
  private static final class Count {
    private final String actor;
    private String detail = "";
    private long attempts;
    private @Nullable Instant told;

    Count(String actor) {
      this.actor = actor;
    }
  }

  private final @Nullable String service;
  private final InstantSource clock;
  private final Map<Kind, Count> kinds = new HashMap<>();

  /**
   * @param service names the service in the records; null: nothing is counted
   */
  private Refusals(@Nullable String service, InstantSource clock) {
    this.service = service;
    this.clock = clock;
  }

  public static Refusals of(String service, InstantSource clock) {
    return new Refusals(service, clock);
  }

  static Refusals untold() {
    return new Refusals(null, InstantSource.system());
  }

  void add(Principal principal, ErrorCode code, String detail) {
    if (service == null) {
      return;
    }
    Kind kind = new Kind(principal.keyId(), code);
    synchronized (kinds) {
      boolean full = kinds.size() >= MOST && !kinds.containsKey(kind);
      Count count =
          kinds.computeIfAbsent(
              full ? new Kind(null, code) : kind,
              made -> new Count(full ? Principal.NOBODY.actor().text() : principal.actor().text()));
      if (count.attempts == 0) {
        count.detail = Bounded.text(detail, 500);
      }
      count.attempts++;
    }
  }

  /** The records that are due now; whoever takes them sends them. */
  public List<AccessRecorded> due() {
    List<AccessRecorded> due = new ArrayList<>();
    Instant now = clock.instant();
    synchronized (kinds) {
      kinds.entrySet().removeIf(kind -> isQuiet(kind.getValue(), now));
      kinds.forEach(
          (kind, count) -> {
            if (count.attempts > 0 && isDue(count, now)) {
              due.add(
                  new AccessRecorded(
                      AccessRecorded.REFUSED,
                      count.actor,
                      kind.keyId(),
                      service,
                      kind.code().name(),
                      count.attempts,
                      count.detail));
              count.attempts = 0;
              count.told = now;
            }
          });
    }
    return due;
  }

  private static boolean isDue(Count count, Instant now) {
    return count.told == null || !now.isBefore(count.told.plus(BETWEEN));
  }

  private static boolean isQuiet(Count count, Instant now) {
    return count.attempts == 0 && isDue(count, now);
  }
}
