package dev.diffstream.gateway.inference;

/**
 * Is told how long requests spend in each phase, and how large batches are. Called by many threads;
 * times are nanoseconds.
 */
public interface PhaseTimes {
  /** What the time of a request, or of a batch, is spent on. */
  enum Phase {
    /** Of a request: its texts become tokens. */
    TOKENISE,
    /** Of a request: from its last token until the last of its texts is taken into a batch. */
    QUEUE,
    /** Of a batch: the model computes it. */
    COMPUTE,
    /** Of a request: scores become its answer's labels, numbers or words. */
    RENDER
  }

  void took(Phase phase, long nanos);

  /** A batch is about to be computed. */
  void batch(int examples, int tokens);

  /** Tells nobody. */
  PhaseTimes NONE =
      new PhaseTimes() {
        @Override
        public void took(Phase phase, long nanos) {}

        @Override
        public void batch(int examples, int tokens) {}
      };
}
