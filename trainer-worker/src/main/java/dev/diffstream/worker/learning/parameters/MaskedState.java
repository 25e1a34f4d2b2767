package dev.diffstream.worker.learning.parameters;

import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.parameters.Vectors.AdamStep;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The state of a fixed mask: the k chosen positions, their values and Adam for these alone. Theta
 * is written at these positions as {@code fl32(theta0 + v)}, so what is trained and evaluated is
 * what an overlay of the diff will give.
 *
 * <p>The state lies in host memory whatever the device: of a replica's, a step brings k gradients
 * over and sends k values back, and the bits are those of host memory by construction.
 */
public final class MaskedState {
  private final List<Parameter> parameters;
  private final int size;
  private final int[] parameterOf;
  private final int[] position;
  private final Theta.Places places;
  private final FloatArray theta0;
  private final FloatArray written;
  private final FloatArray values;
  private final FloatArray served;
  private final FloatArray gradient;
  private final FloatArray mean;
  private final FloatArray square;
  private ValuePrecision precision = ValuePrecision.FP32;
  private long step;

  /**
   * @param chosen state indices, ascending
   * @param start by position in {@code chosen}, the values to begin with
   * @param memory of the state
   */
  public MaskedState(Theta theta, List<Slab> slabs, int[] chosen, float[] start, Arena memory) {
    this.parameters = theta.parameters();
    this.size = chosen.length;
    parameterOf = new int[size];
    position = new int[size];
    int length = Vectors.whole(size);
    gradient = FloatArray.zeros(memory, length);
    theta0 = FloatArray.zeros(memory, length);
    written = FloatArray.zeros(memory, length);
    values = FloatArray.zeros(memory, length);
    served = FloatArray.zeros(memory, length);
    mean = FloatArray.zeros(memory, length);
    square = FloatArray.zeros(memory, length);
    int slab = 0;
    for (int i = 0; i < size; i++) {
      while (chosen[i] >= slabs.get(slab).state() + slabs.get(slab).length()) {
        slab++;
      }
      Slab in = slabs.get(slab);
      parameterOf[i] = in.parameter();
      position[i] = in.offset() + chosen[i] - in.state();
      values.set(i, start[i]);
    }
    places = theta.places(parameterOf, position);
    places.read(theta0);
    write();
  }

  /**
   * Of changes that were learned before; theta holds none of them.
   *
   * @param memory of the state
   */
  public static MaskedState of(Theta theta, List<Slab> slabs, SparseDelta delta, Arena memory) {
    Map<String, SparseDelta.Entry> changes =
        delta.entries().stream()
            .collect(Collectors.toMap(SparseDelta.Entry::parameter, entry -> entry));
    int size = (int) delta.size();
    int[] chosen = new int[size];
    float[] start = new float[size];
    int n = 0;
    for (Slab slab : slabs) {
      SparseDelta.Entry entry = changes.get(theta.parameters().get(slab.parameter()).name());
      for (int i = 0; entry != null && i < entry.positions().length; i++) {
        int within = entry.positions()[i] - slab.offset();
        if (within >= 0 && within < slab.length()) {
          chosen[n] = slab.state() + within;
          start[n++] = entry.values()[i];
        }
      }
    }
    if (n != size) {
      throw new IllegalArgumentException(
          "%d of %d changes are outside of what can be trained".formatted(size - n, size));
    }
    return new MaskedState(theta, slabs, chosen, start, memory);
  }

  /**
   * From now on theta holds the values as a file of {@code precision} will, while the steps go on
   * from the values before rounding: the gradient passes straight through (Bengio, Leonard,
   * Courville 2013).
   */
  public void serveRounded(ValuePrecision rounding) {
    precision = rounding;
    write();
  }

  public int size() {
    return size;
  }

  /** One step of Adam on the k values, the norm of their gradient cut at 1. */
  public void advance(Gradients gradients, double rate) {
    step++;
    places.gradients(gradients, gradient);
    double norm = Math.sqrt(Vectors.squares(gradient.address(0, size), size));
    Vectors.adam(
        AdamStep.of(AdamStep.clip(norm), rate, step),
        gradient.address(0, size),
        values.address(0, size),
        mean.address(0, size),
        square.address(0, size),
        size);
    write();
  }

  public void save(StateWriter out) {
    out.doubles("masked", step);
    values.save(out, "values");
    mean.save(out, "values.mean");
    square.save(out, "values.square");
  }

  /** To be called on a fresh state of the same positions. */
  public void load(StateReader in) {
    step = (long) in.number("masked");
    values.load(in, "values");
    mean.load(in, "values.mean");
    square.load(in, "values.square");
    write();
  }

  /** Copies the values as theta holds them now. */
  public void served(FloatArray into) {
    into.copy(served, size);
  }

  /** Copies the values as they stand. */
  public void snapshot(FloatArray into) {
    into.copy(values, size);
  }

  /** The values as they stand; a copy. */
  public float[] snapshot() {
    return copy(values, 0, size);
  }

  /** Puts {@code snapshot} back, each value as a file of {@code precision} will hold it. */
  public void load(FloatArray snapshot, ValuePrecision rounding) {
    values.copy(snapshot, size);
    round(rounding);
  }

  /** Makes each value what a file of {@code precision} will hold. */
  public void round(ValuePrecision rounding) {
    precision = rounding;
    write();
    values.copy(served, size);
  }

  /** Writes the untouched values back, bit for bit. */
  public void restore() {
    places.write(theta0);
  }

  /** The diff, by parameter in the base's order; positions whose value is zero are left out. */
  public SparseDelta delta() {
    List<SparseDelta.Entry> entries = new ArrayList<>();
    int i = 0;
    while (i < size) {
      int end = endOfParameter(i);
      int parameter = parameterOf[i];
      int[] positions = new int[end - i];
      float[] kept = new float[end - i];
      int n = 0;
      for (; i < end; i++) {
        if (values.get(i) != 0) {
          positions[n] = position[i];
          kept[n++] = values.get(i);
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
    if (precision == ValuePrecision.FP32) {
      served.copy(values, size);
    } else {
      roundByTensor();
    }
    for (int i = 0; i < size; i++) {
      written.set(i, theta0.get(i) + served.get(i));
    }
    places.write(written);
  }

  /** Behind the last position that lies in the same parameter. */
  private int endOfParameter(int begin) {
    int end = begin + 1;
    while (end < size && parameterOf[end] == parameterOf[begin]) {
      end++;
    }
    return end;
  }

  private static float[] copy(FloatArray of, int begin, int end) {
    float[] copy = new float[end - begin];
    of.get(begin, copy, 0, copy.length);
    return copy;
  }

  /** Tensor by tensor, since a codebook is a tensor's own. */
  private void roundByTensor() {
    int begin = 0;
    while (begin < size) {
      int end = endOfParameter(begin);
      float[] ofTensor = copy(values, begin, end);
      served.put(begin, precision.rounded(ofTensor), 0, end - begin);
      begin = end;
    }
  }
}
