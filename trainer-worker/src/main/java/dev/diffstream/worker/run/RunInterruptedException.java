package dev.diffstream.worker.run;

/** A run was left between two steps; nothing is wrong with it. */
public final class RunInterruptedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why it was left. */
  public enum Reason {
    /** The worker stops; the event goes back to the queue. */
    WORKER_STOPS("the worker is stopping"),
    /** The event's lock was lost; another worker has the event, or will get it. */
    LOCK_LOST("the lock of the event was lost, another worker will take it"),
    /** Somebody asked for a pause. */
    PAUSED("the run is paused"),
    /** Somebody asked for the end of the run. */
    CANCELLED("the run is cancelled");

    private final String text;

    Reason(String text) {
      this.text = text;
    }
  }

  private final Reason reason;

  public RunInterruptedException(Reason reason) {
    super(reason.text);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
