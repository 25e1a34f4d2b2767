package dev.diffstream.simulation;

/** One process of the deployment, stepped by the scheduler. */
interface SimulatedProcess {
  String name();

  /** Does a bounded piece of work without waiting; starts the process if it is down. */
  void step();

  /** Forgets everything that a killed process forgets. */
  void crash();

  /** Whether it has nothing left to do as far as it knows. */
  boolean isIdle();
}
