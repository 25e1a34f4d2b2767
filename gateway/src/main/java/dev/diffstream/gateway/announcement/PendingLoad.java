package dev.diffstream.gateway.announcement;

import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.service.Backoff;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A task's newest announcement, until its champion is resident. */
final class PendingLoad {
  /** Failures of stored objects, which an operator may repair. */
  private static final Set<ErrorCode> REPAIRABLE =
      Set.of(ErrorCode.DIGEST_MISMATCH, ErrorCode.SIGNATURE_INVALID, ErrorCode.SELF_TEST_FAILED);

  /**
   * The store refuses, or something answers in its place: withdrawn credentials, a bucket that is
   * not there. It speaks of the store, not of the diff, and passes when the store works again.
   */
  private static final Set<ErrorCode> OF_STORE =
      Set.of(ErrorCode.DATA_FORBIDDEN, ErrorCode.DATA_UNREADABLE);

  private final VersionAnnounced announced;
  private final Map<String, String> trace;
  private final Optional<Instant> time;
  private final Backoff transientPauses =
      new Backoff(Duration.ofMillis(200), Duration.ofSeconds(30));
  private final Backoff repairPauses = new Backoff(Duration.ofSeconds(10), Duration.ofMinutes(5));
  private @Nullable ErrorCode failure;

  /**
   * @param trace of the announcement
   * @param time of the announcement; empty for what was announced before the gateway was ready
   */
  PendingLoad(VersionAnnounced announced, Map<String, String> trace, Optional<Instant> time) {
    this.announced = announced;
    this.trace = trace;
    this.time = time;
  }

  String task() {
    return announced.taskId();
  }

  Optional<Instant> time() {
    return time;
  }

  VersionAnnounced announced() {
    return announced;
  }

  Map<String, String> trace() {
    return trace;
  }

  @Nullable AliasTarget champion() {
    return announced.aliases().get(AliasGeneration.CHAMPION);
  }

  @Nullable AliasTarget previous() {
    return announced.aliases().get(AliasGeneration.PREVIOUS);
  }

  long championVersion() {
    AliasTarget champion = champion();
    return champion == null ? 0 : champion.version();
  }

  /** Whether it has not been tried yet. */
  boolean isNew() {
    return failure == null;
  }

  /** Whether its last try failed in a way that may pass without another diff. */
  boolean failedTransiently() {
    return failure != null && isTransient(failure);
  }

  private static boolean isTransient(ErrorCode code) {
    return code.retryable() || OF_STORE.contains(code);
  }

  /** Notes how the last try failed; true if the one before did not fail with this code. */
  boolean failedAnew(ErrorCode code) {
    boolean changed = failure != code;
    failure = code;
    return changed;
  }

  /** The pause before the next try; empty if only another announcement can help. */
  Optional<Duration> nextPause(ErrorCode code) {
    if (isTransient(code)) {
      return Optional.of(transientPauses.next());
    }
    return REPAIRABLE.contains(code) ? Optional.of(repairPauses.next()) : Optional.empty();
  }
}
