package dev.diffstream.simulation.schedule;

import java.time.Duration;

/** One process of the deployment, stepped by the scheduler. */
public interface SimulatedProcess {
  String name();

  /** Does a bounded piece of work without waiting; starts the process if it is down. */
  void step();

  /** Forgets everything that a killed process forgets. */
  void crash();

  /** Whether it has nothing left to do as far as it knows. */
  boolean isIdle();

  /** Somebody asks it to stop in good order; its next step may start it again. */
  default void askToStop() {}

  /** The wall clock of its machine is set forth or, where negative, back. */
  default void jumpClock(Duration by) {}
}
