package dev.diffstream.registry.admission;

import dev.diffstream.registry.runs.Submission;
import dev.diffstream.schemas.run.RunControl;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A task event without an outcome, and what has become of it. Belongs to the registrar's thread.
 */
final class QueuedEvent {
  private final TaskEvent event;
  private final long order;
  private final Instant seen;
  private @Nullable String base;
  private int lookups;
  private boolean retry;
  private long number;
  private long knownControl;
  private boolean ended;
  private long heardTaken;
  private long heardPaused;
  private @Nullable RunControl newest;
  private @Nullable RunControl cancel;
  private @Nullable String refusal;

  /**
   * @param order in which events came
   * @param seen when this registry saw it first
   */
  QueuedEvent(TaskEvent event, long order, Instant seen) {
    this.event = event;
    this.order = order;
    this.seen = seen;
  }

  TaskEvent event() {
    return event;
  }

  long order() {
    return order;
  }

  Instant seen() {
    return seen;
  }

  /** Digest of its base, which never changes once it is known; null: it is not known. */
  @Nullable String base() {
    return base;
  }

  void assign(String digest) {
    if (base == null) {
      base = digest;
    }
  }

  /** How often its base was looked for in vain. */
  int lookups() {
    return lookups;
  }

  void lookedFor() {
    lookups++;
  }

  /**
   * It is the event of its run that would be learned.
   *
   * @param failedBefore if the same event was sent before and failed: number of the newest control
   *     object by then
   */
  void becomesHead(OptionalLong failedBefore) {
    retry = failedBefore.isPresent();
    knownControl = Math.max(knownControl, failedBefore.orElse(0));
  }

  /** Whether the same event was sent before, and failed. */
  boolean isRetry() {
    return retry;
  }

  /** Number of its newest admission; 0: it was not admitted. */
  long number() {
    return number;
  }

  /** Whether it stands in the work topic, or a worker has it. */
  boolean isAdmitted() {
    return number > 0 && !isPaused() && !ended;
  }

  /** Whether it stands in the work topic, and no worker is known to have it. */
  boolean isAhead() {
    return isAdmitted() && heardTaken < number;
  }

  /** Whether a worker has left it, for a pause. */
  boolean isPaused() {
    return number > 0 && heardPaused >= number;
  }

  /** Whether it may be admitted. */
  boolean mayGoOn() {
    return !ended
        && (refusal == null || number > 0)
        && !isAdmitted()
        && !asks(RunControl.PAUSE)
        && !asks(RunControl.CANCEL)
        && (!isPaused() || asks(RunControl.RESUME));
  }

  /** It will not be admitted. */
  void refuse(String reason) {
    refusal = reason;
  }

  /** Why it will not be admitted; null if nothing speaks against it. */
  @Nullable String refusal() {
    return refusal;
  }

  /** Whether it ends without a worker. */
  boolean isEnding() {
    return !ended && (isCancelled() || (refusal != null && number == 0));
  }

  String cancellation() {
    return cancel == null ? "cancelled" : cancel.cancellation();
  }

  boolean isCancelled() {
    return !isAdmitted() && asks(RunControl.CANCEL);
  }

  /** What counts is the newest request, unless somebody has cancelled the run. */
  boolean asks(String action) {
    if (cancel != null && cancel.number() > knownControl) {
      return action.equals(RunControl.CANCEL);
    }
    return newest != null && newest.action().equals(action) && newest.number() > knownControl;
  }

  /** The newest request; null: none is known. */
  @Nullable RunControl control() {
    return newest;
  }

  void decided(Decision decision) {
    assign(decision.baseDigest());
    if (!decision.admits()) {
      ended = true;
    } else if (decision.number() > number) {
      number = decision.number();
      knownControl = Math.max(knownControl, decision.control());
    }
  }

  /** A worker says that it has the event by this admission. */
  void taken(long byNumber) {
    heardTaken = Math.max(heardTaken, byNumber);
  }

  /** A worker says that it has left the event of this admission, for a pause. */
  void paused(long byNumber) {
    heardPaused = Math.max(heardPaused, byNumber);
  }

  void asked(RunControl control) {
    if (newest == null || control.number() > newest.number()) {
      newest = control;
    }
    if (control.action().equals(RunControl.CANCEL)
        && (cancel == null || control.number() > cancel.number())) {
      cancel = control;
    }
  }

  /**
   * Where it stands, for people.
   *
   * @param waitsFor empty where it waits for its turn alone
   */
  Submission submission(String waitsFor) {
    Submission.State state =
        isPaused() || (!isAdmitted() && asks(RunControl.PAUSE))
            ? Submission.State.PAUSED
            : isAhead()
                ? Submission.State.READY
                : isAdmitted() ? Submission.State.TAKEN : Submission.State.WAITING;
    return new Submission(
        event.place(),
        event.time(),
        event.task().owner(),
        Objects.requireNonNullElse(event.task().labels(), Map.of()),
        event.priority(),
        event.task().base(),
        state,
        retry,
        knownControl,
        waitsFor.isEmpty() || state != Submission.State.WAITING ? null : waitsFor);
  }

  /** Number of the newest control object that its admission has taken into account; 0: none. */
  long knownControl() {
    return knownControl;
  }

  /** Number of the newest control object that is known; 0: none. */
  long newestControl() {
    return newest == null ? knownControl : Math.max(knownControl, newest.number());
  }
}
