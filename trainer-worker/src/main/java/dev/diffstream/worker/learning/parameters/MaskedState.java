package dev.diffstream.worker.learning.parameters;

import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.parameters.Vectors.AdamStep;
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
  private final float[] theta0;
  private final float[] written;
  private final float[] values;
  private final float[] served;
  private final float[] gradient;
  private final float[] mean;
  private final float[] square;
  private ValuePrecision precision = ValuePrecision.FP32;
  private long step;

  /**
   * @param chosen state indices, ascending
   * @param start by position in {@code chosen}, the values to begin with
   */
  public MaskedState(Theta theta, List<Slab> slabs, int[] chosen, float[] start) {
    this.parameters = theta.parameters();
    this.size = chosen.length;
    parameterOf = new int[size];
    position = new int[size];
    theta0 = new float[size];
    written = new float[size];
    int length = Vectors.whole(size);
    values = new float[length];
    served = new float[length];
    gradient = new float[length];
    mean = new float[length];
    square = new float[length];
    int slab = 0;
    for (int i = 0; i < size; i++) {
      while (chosen[i] >= slabs.get(slab).state() + slabs.get(slab).length()) {
        slab++;
      }
      Slab in = slabs.get(slab);
      parameterOf[i] = in.parameter();
      position[i] = in.offset() + chosen[i] - in.state();
      values[i] = start[i];
    }
    places = theta.places(parameterOf, position);
    places.read(theta0);
    write();
  }

  /** Of changes that were learned before; theta holds none of them. */
  public static MaskedState of(Theta theta, List<Slab> slabs, SparseDelta delta) {
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
    return new MaskedState(theta, slabs, chosen, start);
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
    double norm = Math.sqrt(Vectors.squares(gradient, size));
    Vectors.adam(
        AdamStep.of(AdamStep.clip(norm), rate, step), gradient, values, 0, mean, square, 0, size);
    write();
  }

  public void save(StateWriter out) {
    out.doubles("masked", step);
    out.floats("values", values);
    out.floats("values.mean", mean);
    out.floats("values.square", square);
  }

  /** To be called on a fresh state of the same positions. */
  public void load(StateReader in) {
    step = (long) in.number("masked");
    in.floats("values", values);
    in.floats("values.mean", mean);
    in.floats("values.square", square);
    write();
  }

  /** The values as theta holds them now; a copy. */
  public float[] served() {
    return Arrays.copyOf(served, size);
  }

  /** The values as they stand; a copy. */
  public float[] snapshot() {
    return Arrays.copyOf(values, size);
  }

  /** Puts {@code snapshot} back, each value as a file of {@code precision} will hold it. */
  public void load(float[] snapshot, ValuePrecision rounding) {
    System.arraycopy(snapshot, 0, values, 0, size);
    precision = rounding;
    write();
    System.arraycopy(served, 0, values, 0, size);
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
      int parameter = parameterOf[i];
      int[] positions = new int[size];
      float[] kept = new float[size];
      int n = 0;
      for (; i < size && parameterOf[i] == parameter; i++) {
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
    if (precision == ValuePrecision.FP32) {
      System.arraycopy(values, 0, served, 0, size);
    } else {
      round();
    }
    for (int i = 0; i < size; i++) {
      written[i] = theta0[i] + served[i];
    }
    places.write(written);
  }

  /** Tensor by tensor, since a codebook is a tensor's own. */
  private void round() {
    int begin = 0;
    while (begin < size) {
      int end = begin + 1;
      while (end < size && parameterOf[end] == parameterOf[begin]) {
        end++;
      }
      float[] ofTensor = Arrays.copyOfRange(values, begin, end);
      System.arraycopy(precision.rounded(ofTensor), 0, served, begin, end - begin);
      begin = end;
    }
  }
}
