package dev.diffstream.base;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.diffstream.base.EncoderScript.Output;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A transformer over token ids, written as a script that takes its parameters with each call. */
final class TransformerNetwork implements Network {
  private final Architecture architecture;
  private final List<Parameter> parameters;
  private final int[] scriptOrder;
  private final PtNDManager scope = TensorEngine.newScope();
  private final IValue weights;

  /**
   * @param parameters in canonical order
   */
  TransformerNetwork(Architecture architecture, List<Parameter> parameters) {
    this.architecture = architecture;
    this.parameters = parameters;
    List<String> names = parameters.stream().map(Parameter::name).toList();
    this.scriptOrder =
        EncoderTensors.scriptOrder(architecture).stream().mapToInt(names::indexOf).toArray();
    PtNDArray[] tensors = new PtNDArray[scriptOrder.length];
    for (int i = 0; i < tensors.length; i++) {
      tensors[i] = TensorEngine.tensor(scope, parameters.get(scriptOrder[i]));
    }
    this.weights = IValue.listFrom(tensors);
  }

  @Override
  public int featureCount(boolean pairs) {
    return architecture.hidden() * (pairs ? 4 : 1);
  }

  @Override
  public void check(Batch batch) {
    TokenBatch tokens = tokens(batch);
    if (tokens.length() > architecture.maxPositions()) {
      throw new IllegalArgumentException(
          "the batch has sequences of %d tokens, the base takes at most %d"
              .formatted(tokens.length(), architecture.maxPositions()));
    }
    tokens.checkIds(architecture.vocab(), architecture.typeVocab());
  }

  @Override
  public byte[] script(Output output, boolean pairs) {
    return EncoderScript.module(architecture, output, pairs);
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
  public IValue weights() {
    return weights;
  }

  /** Fresh tensors over the parameters' memory: no gradient of an earlier step lies there. */
  @Override
  public PtNDArray[] leaves(PtNDManager step, NDList arguments) {
    PtNDArray[] leaves = new PtNDArray[parameters.size()];
    for (int index : scriptOrder) {
      leaves[index] = TensorEngine.tensor(step, parameters.get(index));
      leaves[index].setRequiresGradient(true);
      leaves[index].setName("w[]");
      arguments.add(leaves[index]);
    }
    return leaves;
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
    int longest = 0;
    for (Input input : inputs) {
      Encoding encoding = (Encoding) input;
      for (int i = 0; i < encoding.length(); i++) {
        words.set(encoding.id(i));
      }
      longest = Math.max(longest, encoding.longest());
    }
    int first = architecture.firstPosition();
    return Map.of(
        EncoderTensors.WORDS, words.stream().toArray(),
        EncoderTensors.POSITIONS, IntStream.range(first, first + longest).toArray());
  }

  @Override
  public int heldTensors() {
    return scope.getManagedArrays().size();
  }

  @Override
  public void close() {
    weights.close();
    scope.close();
  }

  private static TokenBatch tokens(Batch batch) {
    if (batch instanceof TokenBatch tokens) {
      return tokens;
    }
    throw new IllegalArgumentException("the base takes texts, the batch holds tensors");
  }
}
