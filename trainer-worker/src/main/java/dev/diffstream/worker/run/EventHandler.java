package dev.diffstream.worker.run;

import dev.diffstream.eventlog.EventLog.Received;
import java.util.function.BooleanSupplier;

/** Brings one delivered event to a durable outcome. */
public interface EventHandler {
  /**
   * When it returns the event may be acknowledged. Throws only what another delivery may succeed
   * with.
   *
   * @param lockHeld whether this worker still has the event; a run that lost it is left at its next
   *     step
   * @throws RunInterruptedException if the run was left between two steps
   */
  void handle(Received received, BooleanSupplier lockHeld);

  /** Sends the event to the end of its queue; it may then be acknowledged. */
  void sendAgain(Received received);

  /**
   * Called now and then while there is no event.
   *
   * @throws Error if what runs have in common is damaged: the process must end
   */
  default void verifyState() {}
}
