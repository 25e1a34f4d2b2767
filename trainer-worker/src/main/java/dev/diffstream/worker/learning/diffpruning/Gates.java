package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Replica;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.parameters.FloatArray;
import dev.diffstream.worker.learning.parameters.Slab;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * The state of stage 1: w, E = exp(alpha) and both Adams for every value that has state, and one
 * group gate per parameter. Two implementations take the same steps, operation by operation and
 * with the same noise: {@link GatedState} in one pass over host memory, {@link TensorGates} as
 * tensor operations on a device. What one saves the other can load.
 *
 * <p>Starts with w = 0 and alpha = 5, and with theta as it is.
 */
sealed interface Gates extends AutoCloseable permits GatedState, TensorGates {

  /**
   * Those for the device of a task.
   *
   * @param memory of the outcome, and of the state where that lies on the host
   */
  static Gates of(LearningTask task, List<Slab> slabs, int threads, Arena memory) {
    long seed = task.settings().seed();
    boolean structured = task.settings().structured();
    Replica replica = task.replica();
    return replica == null
        ? new GatedState(task.base(), slabs, threads, seed, structured, memory)
        : new TensorGates(replica, slabs, seed, structured, memory);
  }

  /**
   * One step: gradients by the chain rule, norm clips, both Adams, the gates of the next step,
   * theta.
   *
   * @param shift added to every alpha: their order stays
   * @return the number of values whose gate is open (alpha &gt; 0)
   */
  long advance(Gradients gradients, float lambda, double rateW, double rateA, double shift);

  /**
   * The alpha above which about {@code count} gates stand, to a sixteenth of a factor 2 of E: by a
   * histogram over the leading bits of a fixed sample of E.
   */
  double alphaAbove(long count);

  /**
   * What stage 1 learned, by state index.
   *
   * @param changes {@code w z z_g} without noise
   * @param fallbackScore {@code |w| P(z > 0)}: the order in which shut positions are taken when too
   *     few are open
   */
  record Outcome(FloatArray changes, FloatArray fallbackScore) {

    /**
     * @param changes memory that is written
     * @param fallbackScore memory that is written
     */
    static void write(
        Slab slab,
        FloatArray w,
        FloatArray e,
        float zg,
        FloatArray changes,
        FloatArray fallbackScore) {
      for (int k = slab.state(); k < slab.state() + slab.length(); k++) {
        float wk = w.get(k);
        float ek = e.get(k);
        changes.set(k, wk * deterministicGate(ek) * zg);
        fallbackScore.set(k, Math.abs(wk) * ek / (1 + ek));
      }
    }

    private static float deterministicGate(float e) {
      return Math.clamp(3 * e / (1 + e) - 1.5f, 0f, 1f);
    }
  }

  /** The outcome so far. It takes the memory of w's Adam: no step can follow. */
  Outcome finish();

  void save(StateWriter out);

  /** To be called on a fresh state; theta is written as it stood. */
  void load(StateReader in);

  /** Writes the untouched values back, bit for bit. */
  void restore();

  /** Frees threads or the device's memory; {@link #restore} comes first. */
  @Override
  void close();
}
