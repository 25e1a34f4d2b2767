package dev.diffstream.base.mixed;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.architecture.EncoderPlan.Linear;
import dev.diffstream.base.architecture.EncoderPlan.Norm;
import dev.diffstream.base.architecture.EncoderPlan.Table;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.diff.SparseDelta.Entry;
import dev.diffstream.base.mixed.kernel.ParameterChanges;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A diff as tensors on a device: of each linear part its changed weights and its whole bias, of
 * each norm its whole weight and bias. Changes of embeddings stay in host memory.
 */
final class TensorDelta extends AddedDelta {
  private static final int[] NO_PLACES = {0};
  private static final float[] NO_VALUES = {0};

  private final PtNDManager scope;
  private final Map<String, Entry> entries = new HashMap<>();
  private final List<PtNDArray> places = new ArrayList<>();
  private final List<PtNDArray> values = new ArrayList<>();
  private final List<PtNDArray> biases = new ArrayList<>();
  private final List<PtNDArray> norms = new ArrayList<>();

  /**
   * @param scope owned by this from now on
   */
  TensorDelta(
      EncoderPlan plan, SparseDelta delta, Map<String, Parameter> parameters, PtNDManager scope) {
    super((Integer.BYTES + Float.BYTES) * delta.size() + wholeBytes(plan));
    this.scope = scope;
    delta.entries().forEach(entry -> entries.put(entry.parameter(), entry));
    for (Linear linear : plan.linears()) {
      add(linear);
      biases.add(patched(linear.bias(), parameters));
    }
    for (Norm norm : plan.norms()) {
      norms.add(patched(norm.weight(), parameters));
      norms.add(patched(norm.bias(), parameters));
    }
  }

  private static long wholeBytes(EncoderPlan plan) {
    long floats = plan.linears().stream().mapToLong(Linear::outputs).sum();
    return Float.BYTES
        * (floats + plan.norms().stream().mapToLong(norm -> 2L * norm.width()).sum());
  }

  private void add(Linear linear) {
    Entry entry = entries.get(linear.weight());
    if (entry == null || entry.positions().length == 0) {
      places.add((PtNDArray) scope.create(NO_PLACES));
      values.add((PtNDArray) scope.create(NO_VALUES));
      return;
    }
    int[] packed = new int[entry.positions().length];
    for (int i = 0; i < packed.length; i++) {
      packed[i] = place(entry.positions()[i], linear.inputs());
    }
    places.add((PtNDArray) scope.create(packed));
    values.add((PtNDArray) scope.create(entry.values()));
  }

  /** Row and column of a flat position; both are below 65,536. */
  private static int place(int position, int columns) {
    return position / columns << 16 | position % columns;
  }

  private PtNDArray patched(String name, Map<String, Parameter> parameters) {
    Parameter parameter = Objects.requireNonNull(parameters.get(name));
    float[] whole = new float[parameter.size()];
    parameter.values().get(0, whole);
    Entry entry = entries.get(name);
    if (entry != null) {
      for (int i = 0; i < entry.positions().length; i++) {
        whole[entry.positions()[i]] += entry.values()[i];
      }
    }
    return (PtNDArray) scope.create(whole);
  }

  @Override
  ParameterChanges table(Table table) {
    Entry entry = entries.get(table.name());
    return entry == null
        ? ParameterChanges.NONE
        : ParameterChanges.ofArrays(entry.positions(), entry.values());
  }

  /** By linear part: {@code row << 16 | column} of each changed weight. */
  List<PtNDArray> places() {
    return places;
  }

  /** By linear part: what is added to each of them. */
  List<PtNDArray> values() {
    return values;
  }

  /** By linear part. */
  List<PtNDArray> biases() {
    return biases;
  }

  /** Weight and bias of each norm in turn. */
  List<PtNDArray> norms() {
    return norms;
  }

  @Override
  void free() {
    scope.close();
  }
}
