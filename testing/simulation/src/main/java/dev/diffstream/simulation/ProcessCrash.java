package dev.diffstream.simulation;

/** The end of one simulated process, at any effect; no code of the product handles it. */
final class ProcessCrash extends Error {
  private static final long serialVersionUID = 1L;

  private final transient SimulatedProcess process;

  ProcessCrash(SimulatedProcess process) {
    super(process.name() + " crashed", null, false, false);
    this.process = process;
  }

  SimulatedProcess process() {
    return process;
  }
}
