package dev.diffstream.gateway.announcement;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.Backoff;
import dev.diffstream.service.Quarantine;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How the tries to load a version have failed, and when to try again. */
final class LoadRetries {
  /** Failures of stored objects, which an operator may repair. */
  private static final Set<ErrorCode> REPAIRABLE =
      Set.of(ErrorCode.DIGEST_MISMATCH, ErrorCode.SIGNATURE_INVALID, ErrorCode.SELF_TEST_FAILED);

  /**
   * The store refuses, or something answers in its place: withdrawn credentials, a bucket that is
   * not there. It speaks of the store, not of the diff, and passes when the store works again.
   */
  private static final Set<ErrorCode> OF_STORE =
      Set.of(ErrorCode.DATA_FORBIDDEN, ErrorCode.DATA_UNREADABLE);

  private final Backoff transientPauses =
      new Backoff(Duration.ofMillis(200), Duration.ofSeconds(30));
  private final Backoff repairPauses = new Backoff(Duration.ofSeconds(10), Duration.ofMinutes(5));
  private @Nullable ErrorCode failure;

  /** Whether nothing has failed. */
  boolean isNew() {
    return failure == null;
  }

  /** Whether the last try failed in a way that may pass without another diff. */
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

  /**
   * Sets the failure aside until the next try, or for good if only another announcement can help.
   *
   * @param decisive which decides about that
   */
  void setAside(
      Quarantine quarantine, String key, DiffstreamException failure, ErrorCode decisive) {
    nextPause(decisive)
        .ifPresentOrElse(
            pause -> quarantine.add(key, failure, pause), () -> quarantine.add(key, failure));
  }

  private Optional<Duration> nextPause(ErrorCode code) {
    if (isTransient(code)) {
      return Optional.of(transientPauses.next());
    }
    return REPAIRABLE.contains(code) ? Optional.of(repairPauses.next()) : Optional.empty();
  }
}
