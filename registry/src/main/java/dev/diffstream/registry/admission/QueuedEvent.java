package dev.diffstream.registry.admission;

import dev.diffstream.schemas.run.RunControl;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A task event without an outcome, and what has become of it. Belongs to the registrar's thread.
 */
final class QueuedEvent {
  private final TaskEvent event;
  private final long order;
  private final Instant seen;
  private final boolean retry;
  private long number;
  private long knownControl;
  private boolean ended;
  private boolean taken;
  private boolean paused;
  private @Nullable RunControl control;
  private @Nullable String refusal;

  /**
   * @param order in which events came
   * @param seen when this registry saw it first
   * @param retry whether the same event was sent before, and failed
   * @param knownControl number of the newest control object that concerns earlier sendings; 0: none
   */
  QueuedEvent(TaskEvent event, long order, Instant seen, boolean retry, long knownControl) {
    this.event = event;
    this.retry = retry;
    this.knownControl = knownControl;
    this.order = order;
    this.seen = seen;
  }

  TaskEvent event() {
    return event;
  }

  long order() {
    return order;
  }

  boolean isRetry() {
    return retry;
  }

  Instant seen() {
    return seen;
  }

  /** Number of its newest admission; 0: it was not admitted. */
  long number() {
    return number;
  }

  /** Whether it stands in the work topic, or a worker has it. */
  boolean isAdmitted() {
    return number > 0 && !paused && !ended;
  }

  /** Whether it stands in the work topic, and no worker is known to have it. */
  boolean isAhead() {
    return isAdmitted() && !taken;
  }

  /** Whether a worker has left it, for a pause. */
  boolean isPaused() {
    return paused;
  }

  /** Whether it may be admitted. */
  boolean mayGoOn() {
    return !ended
        && refusal == null
        && !isAdmitted()
        && !asks(RunControl.PAUSE)
        && !asks(RunControl.CANCEL)
        && (!paused || asks(RunControl.RESUME));
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
    return !ended && (isCancelled() || (refusal != null && !isAdmitted()));
  }

  String cancellation() {
    return control == null ? "cancelled" : control.cancellation();
  }

  boolean isCancelled() {
    return !isAdmitted() && asks(RunControl.CANCEL);
  }

  boolean asks(String action) {
    return control != null && control.action().equals(action) && control.number() > knownControl;
  }

  @Nullable RunControl control() {
    return control;
  }

  void decided(Decision decision) {
    if (!decision.admits()) {
      ended = true;
    } else if (decision.number() > number) {
      number = decision.number();
      knownControl = Math.max(knownControl, decision.control());
      taken = false;
      paused = false;
    }
  }

  /** A worker says that it has the event by this admission. */
  void taken(long byNumber) {
    taken |= byNumber >= number && number > 0;
  }

  /** A worker says that it has left the event of this admission, for a pause. */
  void paused(long byNumber) {
    paused |= byNumber >= number && number > 0;
  }

  void asked(RunControl newest) {
    if (control == null || newest.number() > control.number()) {
      control = newest;
    }
  }

  /** Number of the newest control object that its admission has taken into account; 0: none. */
  long knownControl() {
    return knownControl;
  }

  /** Number of the newest control object that is known; 0: none. */
  long newestControl() {
    return control == null ? knownControl : Math.max(knownControl, control.number());
  }
}
