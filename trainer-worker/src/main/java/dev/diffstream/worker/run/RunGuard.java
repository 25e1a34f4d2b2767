package dev.diffstream.worker.run;

import dev.diffstream.schemas.run.RunControl;
import dev.diffstream.worker.run.RunInterruptedException.Reason;
import java.util.function.BooleanSupplier;

/**
 * Whether a worker may go on with a run. The learning thread asks between steps; none of its
 * methods but {@link #refresh} waits for anything.
 */
public final class RunGuard {
  private final RetryPolicy retry;
  private final BooleanSupplier lockHeld;
  private final ControlWatch control;

  RunGuard(RetryPolicy retry, BooleanSupplier lockHeld, ControlWatch control) {
    this.retry = retry;
    this.lockHeld = lockHeld;
    this.control = control;
  }

  /**
   * Reads what somebody asked of the run from the bucket. From any thread.
   *
   * @throws dev.diffstream.schemas.DiffstreamException if the bucket cannot be read
   */
  public void refresh() {
    control.refresh();
  }

  /**
   * @throws RunInterruptedException if the worker stops, has lost the event's lock, or somebody
   *     asked for the run to be cancelled or paused
   */
  public void check() {
    checkButForPause();
    if (pauseAsked()) {
      leaveForPause();
    }
  }

  /** As {@link #check}, where a pause waits until the state is kept. */
  public void checkButForPause() {
    if (retry.isStopping()) {
      throw new RunInterruptedException(Reason.WORKER_STOPS);
    }
    if (!holdsLock()) {
      throw new RunInterruptedException(Reason.LOCK_LOST);
    }
    if (control.asks(RunControl.CANCEL)) {
      throw new RunInterruptedException(Reason.CANCELLED);
    }
  }

  /** Whether the worker still has the event. */
  public boolean holdsLock() {
    return lockHeld.getAsBoolean();
  }

  /** Whether the worker has the event, and nothing ends the run but a pause. From any thread. */
  public boolean mayGoOn() {
    return !retry.isStopping() && holdsLock() && !control.asks(RunControl.CANCEL);
  }

  /** Whether the run is to be left once its state is kept. From any thread. */
  public boolean pauseAsked() {
    return control.asks(RunControl.PAUSE);
  }

  /** Leaves the run, whose state is kept. */
  public void leaveForPause() {
    throw new RunInterruptedException(Reason.PAUSED);
  }

  /** Who asked for the end of the run, and why, for people. */
  String cancellation() {
    RunControl asked = control.newest();
    return asked == null ? "cancelled" : asked.cancellation();
  }
}
