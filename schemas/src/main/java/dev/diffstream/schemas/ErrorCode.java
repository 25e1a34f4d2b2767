package dev.diffstream.schemas;

/**
 * Every way in which a request, a task event or a diff can fail. This program writes these codes
 * and no others. A code that it reads and does not know comes from a newer program; it is kept as a
 * {@link FailureCode} and counts as permanent.
 *
 * <p>The code is set once, where the foreign exception is caught, and travels unchanged through
 * events, headers, reports, logs and HTTP answers.
 */
public enum ErrorCode {
  /** The event names a base that this deployment does not have. */
  BASE_UNKNOWN(false, 422),
  /** A diff was learned from another base than the one at hand. */
  BASE_MISMATCH(false, 422),
  /** No task of this id is known. */
  TASK_UNKNOWN(false, 404),
  /** The task has no version of this number. */
  VERSION_UNKNOWN(false, 404),
  /** The event does not say what its schema asks for. */
  INVALID_EVENT(false, 400),
  /** A record of the data set is unusable; the message names its line. */
  INVALID_RECORD(false, 422),
  /** The data set has too few usable examples, or too few labels. */
  TOO_FEW_EXAMPLES(false, 422),
  /** A label is not one that was seen in training. */
  LABEL_MISMATCH(false, 422),
  /** The data set is missing or cannot be read. */
  DATA_UNREADABLE(false, 422),
  /** The event names data outside the prefix that its task may read. */
  DATA_FORBIDDEN(false, 403),
  /** A limit on size or number is used up. */
  QUOTA_EXCEEDED(false, 429),
  /** The diff changes a larger share of the base than the task allows. */
  DENSITY_EXCEEDED(false, 422),
  /** The learned diff is not better than what it must beat before it serves. */
  QUALITY_GATE_FAILED(false, 422),
  /** A gateway loaded the diff and did not get the answers that the worker recorded. */
  SELF_TEST_FAILED(false, 500),
  /** The bytes are not those that their digest names. */
  DIGEST_MISMATCH(false, 422),
  /** A signature is missing or does not verify. */
  SIGNATURE_INVALID(false, 403),
  /** The diff file breaks its specification; the message gives the offset. */
  MALFORMED_DIFF(false, 422),
  /** The file or event is of a later version than this program reads. */
  UNSUPPORTED_VERSION(false, 422),
  /** Workers died on this task until the limit of attempts was reached. */
  WORKER_LOST(true, 503),
  /** The work took longer than it was given. */
  DEADLINE_EXCEEDED(true, 504),
  /** Somebody asked for the work to stop. */
  CANCELLED(false, 422),
  /** The service cannot take more work now. */
  OVERLOADED(true, 503),
  /** A write was sent and its answer was lost: it may or may not have happened. */
  OUTCOME_UNKNOWN(true, 503),
  /** The caller's request, or an option of the command line, does not say what is expected. */
  INVALID_REQUEST(false, 400),
  /** The caller did not say who it is, or it cannot be verified. */
  UNAUTHENTICATED(false, 401),
  /** The caller may not do this. */
  PERMISSION_DENIED(false, 403),
  /** The task's aliases have moved since the caller looked. */
  STALE_GENERATION(false, 412),
  /** The service, or the task at this service, is still starting. */
  NOT_READY(true, 503);

  private final boolean retryable;
  private final int httpStatus;

  ErrorCode(boolean retryable, int httpStatus) {
    this.retryable = retryable;
    this.httpStatus = httpStatus;
  }

  /** Whether the same request may succeed when it is sent again unchanged. */
  public boolean retryable() {
    return retryable;
  }

  /** The HTTP status that carries this code. */
  public int httpStatus() {
    return httpStatus;
  }
}
