package dev.diffstream.base.network;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.EncoderTensors;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.ProductLibrary;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.input.Input;
import dev.diffstream.base.input.TokenBatch;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A transformer over token ids, written as a script that takes its parameters with each call. */
public final class TransformerNetwork implements Network {
  private final Architecture architecture;
  private final Values values;
  private final int[] scriptOrder;
  private final IValue weights;

  /** Where the parameters lie. */
  public interface Values {
    /** In canonical order, fp32, for as long as the network lives. */
    PtNDArray served(int parameter);

    /** The same memory, or its copy in the format of {@link #compute}, as a tensor of one step. */
    PtNDArray trained(int parameter, PtNDManager step);

    /** The format of training passes. */
    Compute compute();

    /** What multiplies them in fp32. */
    ProductLibrary products();

    int heldTensors();

    void close();
  }

  /**
   * @param names of the parameters, in canonical order
   */
  public TransformerNetwork(Architecture architecture, List<String> names, Values values) {
    this.architecture = architecture;
    this.values = values;
    this.scriptOrder =
        EncoderTensors.scriptOrder(architecture).stream().mapToInt(names::indexOf).toArray();
    this.weights =
        IValue.listFrom(
            Arrays.stream(scriptOrder).mapToObj(values::served).toArray(PtNDArray[]::new));
  }

  /**
   * Over host memory.
   *
   * @param parameters in canonical order
   */
  public static TransformerNetwork of(
      Architecture architecture, List<Parameter> parameters, ProductLibrary products) {
    List<String> names = parameters.stream().map(Parameter::name).toList();
    Values values = new HostValues(parameters, products, TensorEngine.newScope());
    return new TransformerNetwork(architecture, names, values);
  }

  private record HostValues(List<Parameter> parameters, ProductLibrary products, PtNDManager scope)
      implements Values {

    @Override
    public PtNDArray served(int parameter) {
      return tensor(scope, parameters.get(parameter));
    }

    @Override
    public PtNDArray trained(int parameter, PtNDManager step) {
      return tensor(step, parameters.get(parameter));
    }

    @Override
    public Compute compute() {
      return Compute.FP32;
    }

    @Override
    public int heldTensors() {
      return scope.getManagedArrays().size();
    }

    @Override
    public void close() {
      scope.close();
    }
  }

  private static PtNDArray tensor(PtNDManager manager, Parameter parameter) {
    long[] shape = parameter.shape().stream().mapToLong(Integer::longValue).toArray();
    return TensorEngine.tensor(manager, parameter.bytes(), new Shape(shape));
  }

  @Override
  public int featureCount(boolean pairs) {
    return architecture.hidden() * (pairs ? 4 : 1);
  }

  @Override
  public void check(Batch batch) {
    TokenBatch tokens = tokens(batch);
    architecture.checkLength(tokens.length());
    tokens.checkIds(architecture.vocab(), architecture.typeVocab());
  }

  @Override
  public byte[] script(Output output, boolean pairs, boolean dropout) {
    boolean low = values.compute() == Compute.BF16 && output.hasLoss();
    return new EncoderScript(architecture, low, values.products()).module(output, pairs, dropout);
  }

  @Override
  public NDList inputs(Batch batch, PtNDManager call, boolean training) {
    TokenBatch tokens = tokens(batch);
    Shape shape = new Shape(tokens.sequences(), tokens.length());
    return new NDList(
        call.create(tokens.ids(), shape),
        call.create(tokens.typeIds(), shape),
        call.create(tokens.mask(), shape),
        call.create(tokens.pool(), new Shape(tokens.sequences(), 1, tokens.length())));
  }

  @Override
  public void addMasks(NDList inputs, Batch batch, Dropout dropout, PtNDManager step) {
    int[] widths = new int[1 + 2 * architecture.layers()];
    Arrays.fill(widths, architecture.hidden());
    widths[0] = architecture.embedding();
    DropoutMasks masks = new DropoutMasks(dropout, widths, batch.pairs());
    inputs.addAll(masks.of(tokens(batch), step));
  }

  @Override
  public IValue weights() {
    return weights;
  }

  /** Fresh tensors over the parameters' memory: no gradient of an earlier step lies there. */
  @Override
  public PtNDArray[] leaves(PtNDManager step, NDList arguments, boolean frozen) {
    PtNDArray[] leaves = new PtNDArray[scriptOrder.length];
    for (int index : scriptOrder) {
      leaves[index] = values.trained(index, step);
      leaves[index].setRequiresGradient(!frozen);
      leaves[index].setName("w[]");
      arguments.add(leaves[index]);
    }
    return frozen ? new PtNDArray[0] : leaves;
  }

  @Override
  public PtNDArray gradient(PtNDArray leaf, PtNDManager step) {
    return (PtNDArray) leaf.getGradient();
  }

  @Override
  public boolean sharesLeaves() {
    return false;
  }

  @Override
  public Map<String, int[]> usedRows(Collection<? extends Input> inputs) {
    BitSet words = new BitSet(architecture.vocab());
    int maxLength = 0;
    for (Input input : inputs) {
      Encoding encoding = (Encoding) input;
      for (int i = 0; i < encoding.length(); i++) {
        words.set(encoding.id(i));
      }
      maxLength = Math.max(maxLength, encoding.maxSequenceLength());
    }
    int first = architecture.firstPosition();
    return Map.of(
        EncoderTensors.WORDS, words.stream().toArray(),
        EncoderTensors.POSITIONS, IntStream.range(first, first + maxLength).toArray());
  }

  @Override
  public int heldTensors() {
    return values.heldTensors();
  }

  @Override
  public void close() {
    weights.close();
    values.close();
  }

  private static TokenBatch tokens(Batch batch) {
    if (batch instanceof TokenBatch tokens) {
      return tokens;
    }
    throw new IllegalArgumentException("the base takes texts, the batch holds tensors");
  }
}
