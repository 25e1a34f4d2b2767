package dev.diffstream.base.mixed;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.architecture.EncoderPlan.Table;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.base.engine.TensorFunction;
import dev.diffstream.base.mixed.PackedTokens.Sequence;
import dev.diffstream.base.mixed.kernel.Lanes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Mixed batches as tensor operations, on any device that the engine knows. On the processor it is
 * slower than {@link KernelPass}, whose results it checks.
 */
public final class TensorPass implements MixedPass {
  private final Architecture architecture;
  private final EncoderPlan plan;
  private final Overlay overlay;
  private final RequestCheck check;
  private final HeadLogits heads;
  private final PtNDManager scope;
  private final TensorFunction function;
  private final Map<String, Parameter> parameters = new HashMap<>();
  private final IValue weights;
  private final FloatMatrix states;

  /**
   * @param base reads texts, and outlives this; its parameters are copied to the device unless it
   *     is the processor
   */
  public TensorPass(Base base, ComputeDevice device) {
    this.architecture = base.architecture();
    this.plan = EncoderPlan.of(architecture);
    this.overlay = new Overlay(base);
    this.check = new RequestCheck(architecture);
    this.scope = TensorEngine.newScope(device);
    this.function =
        TensorFunction.of(scope, MixedScript.ARGUMENTS, MixedScript.body(architecture, plan));
    base.parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
    this.heads = new HeadLogits(architecture, plan, base.parameters());
    List<String> names = new ArrayList<>();
    plan.embeddings().tables().forEach(table -> names.add(table.name()));
    plan.linears().forEach(linear -> names.add(linear.weight()));
    this.weights = IValue.listFrom(names.stream().map(this::whole).toArray(PtNDArray[]::new));
    this.states = new FloatMatrix(architecture.hidden());
  }

  private PtNDArray whole(String name) {
    Parameter parameter = Objects.requireNonNull(parameters.get(name));
    long[] shape = parameter.shape().stream().mapToLong(Integer::longValue).toArray();
    return TensorEngine.tensor(scope, parameter.bytes(), new Shape(shape));
  }

  @Override
  public PreparedDelta prepare(SparseDelta delta) {
    overlay.check(delta);
    return new TensorDelta(plan, delta, parameters, (PtNDManager) scope.newSubManager());
  }

  @Override
  public List<float[][]> logits(List<Request> requests) {
    requests.forEach(check::check);
    if (requests.isEmpty()) {
      return List.of();
    }
    PackedTokens tokens = new PackedTokens(requests);
    try (PtNDManager call = (PtNDManager) scope.newSubManager()) {
      float[] last = run(tokens, call);
      unpack(last, tokens);
    }
    return heads.of(requests, tokens, states);
  }

  /** The last layer: sequences x longest x hidden. */
  private float[] run(PackedTokens tokens, PtNDManager call) {
    List<Sequence> sequences = tokens.sequences();
    int length = tokens.maxLength();
    long[] ids = new long[sequences.size() * length];
    long[] positions = new long[ids.length];
    long[] types = new long[ids.length];
    float[] mask = new float[ids.length];
    EmbeddingChanges changes = new EmbeddingChanges(length);
    for (int row = 0; row < sequences.size(); row++) {
      Sequence sequence = sequences.get(row);
      for (int token = 0; token < sequence.length(); token++) {
        int at = row * length + token;
        ids[at] = sequence.id(token);
        positions[at] = plan.embeddings().firstPosition() + token;
        types[at] = sequence.typeId(token);
        mask[at] = 1;
      }
      changes.add(row, sequence);
    }
    Shape shape = new Shape(sequences.size(), length);
    List<NDArray> tensors =
        List.of(
            call.create(ids, shape),
            call.create(positions, shape),
            call.create(types, shape),
            call.create(mask, shape),
            call.create(changes.places()),
            call.create(changes.values()));
    return function.run(
        tensors,
        weights,
        lists(sequences, plan.linears().size(), TensorDelta::places),
        lists(sequences, plan.linears().size(), TensorDelta::values),
        lists(sequences, plan.linears().size(), TensorDelta::biases),
        lists(sequences, 2 * plan.norms().size(), TensorDelta::norms));
  }

  /** Of each part in turn the tensors of all sequences. */
  private static PtNDArray[] lists(
      List<Sequence> sequences, int parts, Function<TensorDelta, List<PtNDArray>> of) {
    PtNDArray[] all = new PtNDArray[parts * sequences.size()];
    for (int part = 0; part < parts; part++) {
      for (int row = 0; row < sequences.size(); row++) {
        TensorDelta delta = (TensorDelta) sequences.get(row).delta();
        all[part * sequences.size() + row] = of.apply(delta).get(part);
      }
    }
    return all;
  }

  /** What the diffs change of the embeddings that the batch looks up. */
  private final class EmbeddingChanges {
    private final int length;
    private final List<Long> places = new ArrayList<>();
    private final List<Float> values = new ArrayList<>();

    EmbeddingChanges(int length) {
      this.length = length;
    }

    void add(int row, Sequence sequence) {
      for (int token = 0; token < sequence.length(); token++) {
        for (Table table : plan.embeddings().tables()) {
          int index = sequence.row(plan.embeddings(), table, token);
          long start = ((long) row * length + token) * table.width();
          sequence
              .delta()
              .table(table)
              .forEachInRow(
                  index,
                  table.width(),
                  (feature, value) -> {
                    places.add(start + feature);
                    values.add(value);
                  });
        }
      }
    }

    long[] places() {
      return places.stream().mapToLong(Long::longValue).toArray();
    }

    float[] values() {
      float[] all = new float[values.size()];
      for (int i = 0; i < all.length; i++) {
        all[i] = values.get(i);
      }
      return all;
    }
  }

  private void unpack(float[] last, PackedTokens tokens) {
    states.resize(tokens.size());
    int hidden = architecture.hidden();
    int from = 0;
    for (Sequence sequence : tokens.sequences()) {
      for (int token = 0; token < sequence.length(); token++) {
        for (int feature = 0; feature < hidden; feature++) {
          float value = last[(from + token) * hidden + feature];
          Lanes.set(states.address(feature, sequence.start() + token), value);
        }
      }
      from += tokens.maxLength();
    }
  }

  @Override
  public void close() {
    weights.close();
    states.close();
    heads.close();
    scope.close();
  }
}
