package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.base.Base;
import dev.diffstream.base.Parameter;
import dev.diffstream.base.SparseDelta;
import dev.diffstream.schemas.diff.ValuePrecision;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The state of stage 3: the k chosen positions, their values and Adam for these alone. Theta is
 * written into the base's memory at these positions as {@code fl32(theta0 + v)}, so what is trained
 * and evaluated is what an overlay of the diff will give.
 */
final class FixedMask {
  private static final double CLIP = 1.0;

  private final List<Parameter> parameters;
  private final int[] parameterOf;
  private final int[] position;
  private final float[] theta0;
  private final float[] values;
  private final float[] mean;
  private final float[] square;
  private long step;

  /**
   * @param chosen state indices, ascending; {@code changes} are the values at which stage 1 left
   *     them
   */
  FixedMask(Base base, List<Slab> slabs, int[] chosen, float[] changes) {
    this.parameters = base.parameters();
    int k = chosen.length;
    parameterOf = new int[k];
    position = new int[k];
    theta0 = new float[k];
    values = new float[k];
    mean = new float[k];
    square = new float[k];
    int slab = 0;
    for (int i = 0; i < k; i++) {
      while (chosen[i] >= slabs.get(slab).state() + slabs.get(slab).length()) {
        slab++;
      }
      Slab in = slabs.get(slab);
      parameterOf[i] = in.parameter();
      position[i] = in.offset() + chosen[i] - in.state();
      theta0[i] = parameters.get(in.parameter()).values().get(position[i]);
      values[i] = changes[chosen[i]];
    }
    write();
  }

  int size() {
    return values.length;
  }

  void advance(List<FloatBuffer> gradients, double rate) {
    step++;
    float[] g = new float[values.length];
    double squares = 0;
    for (int i = 0; i < g.length; i++) {
      g[i] = gradients.get(parameterOf[i]).get(position[i]);
      squares += (double) g[i] * g[i];
    }
    float clip = (float) Math.min(1, CLIP / (Math.sqrt(squares) + 1e-6));
    float corrected = (float) (rate / (1 - Math.pow(GateKernels.BETA1, step)));
    float correction2 = (float) (1 / Math.sqrt(1 - Math.pow(GateKernels.BETA2, step)));
    float[] change = new float[values.length];
    GateKernels.adam(change, g, mean, square, clip, corrected, correction2, values.length);
    GateKernels.subtract(values, change, values.length);
    write();
  }

  /** The values as they stand; a copy. */
  float[] snapshot() {
    return values.clone();
  }

  /** Puts {@code snapshot} back, each value as a file of {@code precision} will hold it. */
  void load(float[] snapshot, ValuePrecision precision) {
    for (int i = 0; i < values.length; i++) {
      values[i] = precision.rounded(snapshot[i]);
    }
    write();
  }

  /** Writes the untouched values back, bit for bit. */
  void restore() {
    for (int i = 0; i < values.length; i++) {
      parameters.get(parameterOf[i]).values().put(position[i], theta0[i]);
    }
  }

  /** The diff, by parameter in the base's order; positions whose value is zero are left out. */
  SparseDelta delta() {
    List<SparseDelta.Entry> entries = new ArrayList<>();
    int i = 0;
    while (i < values.length) {
      int parameter = parameterOf[i];
      int[] positions = new int[values.length];
      float[] kept = new float[values.length];
      int n = 0;
      for (; i < values.length && parameterOf[i] == parameter; i++) {
        if (values[i] != 0) {
          positions[n] = position[i];
          kept[n++] = values[i];
        }
      }
      if (n > 0) {
        entries.add(
            new SparseDelta.Entry(
                parameters.get(parameter).name(),
                Arrays.copyOf(positions, n),
                Arrays.copyOf(kept, n)));
      }
    }
    return new SparseDelta(entries);
  }

  private void write() {
    for (int i = 0; i < values.length; i++) {
      parameters.get(parameterOf[i]).values().put(position[i], theta0[i] + values[i]);
    }
  }
}
