package dev.diffstream.base;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.diffstream.base.EncoderScript.Output;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs a base: hidden states, features, logits of a head, and training steps, all in fp32 and
 * without dropout.
 *
 * <p>Safe for use by many threads, as long as nobody writes parameters or the head meanwhile. The
 * same batch gives the same bits each time, from the first call on: the engine's optimising
 * executor, which rewrites a module after its first runs, is off.
 */
public final class Encoder {
  private record Variant(Output output, boolean pairs) {}

  private final Network network;
  private final PtNDManager scope = TensorEngine.newScope();
  private final Map<Variant, PtSymbolBlock> modules = new ConcurrentHashMap<>();
  private final Map<Arena, PtNDManager> openSteps = new ConcurrentHashMap<>();
  private final ReadWriteLock open = new ReentrantReadWriteLock();
  private boolean closed;

  Encoder(Network network) {
    this.network = network;
  }

  /**
   * Width of the features: of a single text its mean u over all tokens; of a pair {@code [u, v,
   * |u-v|, u*v]} with u and v brought to length sqrt(hidden); of tensors what the module's {@code
   * forward} returns.
   */
  public int featureCount(boolean pairs) {
    return network.featureCount(pairs);
  }

  /**
   * The last layer's output: sequences x length x hidden; rows of padding hold no meaning.
   *
   * @throws IllegalArgumentException if the batch holds tensors
   */
  public float[][][] hiddenStates(Batch batch) {
    if (!(batch instanceof TokenBatch tokens)) {
      throw new IllegalArgumentException("tensors have no tokens, and so no hidden states");
    }
    float[] flat = infer(batch, Output.HIDDEN, null);
    int width = flat.length / (tokens.sequences() * tokens.length());
    float[][][] states = new float[tokens.sequences()][][];
    for (int i = 0; i < states.length; i++) {
      states[i] = rows(flat, i * tokens.length(), tokens.length(), width);
    }
    return states;
  }

  /** Pooled features: examples x {@link #featureCount}. */
  public float[][] features(Batch batch) {
    float[] flat = infer(batch, Output.FEATURES, null);
    return rows(flat, 0, batch.size(), featureCount(batch.pairs()));
  }

  /** Logits of a head: examples x outputs. */
  public float[][] logits(Batch batch, Head head) {
    return rows(infer(batch, Output.LOGITS, head), 0, batch.size(), head.outputs());
  }

  /**
   * One forward and one backward pass. Nothing is updated.
   *
   * @throws IllegalArgumentException if batch, head and targets do not fit together
   * @throws EngineMemoryException if the batch needs more memory than there is
   */
  public Gradients step(Batch batch, Head head, Targets targets) {
    check(batch, head);
    Output output = checkTargets(batch, head, targets);
    open.readLock().lock();
    try {
      PtNDManager step = newCall();
      try {
        PtSymbolBlock module = module(output, batch.pairs());
        if (network.sharesLeaves()) {
          synchronized (network) {
            return step(module, batch, head, targets, step);
          }
        }
        return step(module, batch, head, targets, step);
      } catch (RuntimeException e) {
        step.close();
        throw EngineMemoryException.translated(e);
      } catch (Error e) {
        step.close();
        throw e;
      }
    } finally {
      open.readLock().unlock();
    }
  }

  /**
   * Which rows of the embeddings the examples touch, ascending, by parameter: those of all other
   * rows have a gradient of zero. A parameter that is not named may be touched anywhere.
   */
  public Map<String, int[]> usedRows(Collection<? extends Input> inputs) {
    return network.usedRows(inputs);
  }

  /** Tensors that outlive calls. */
  int heldTensors() {
    return scope.getManagedArrays().size() + network.heldTensors();
  }

  /** Waits for calls under way; frees the modules, and what steps were left open. */
  void close() {
    open.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        openSteps.keySet().forEach(this::release);
        network.close();
        scope.close();
      }
    } finally {
      open.writeLock().unlock();
    }
  }

  private Gradients step(
      PtSymbolBlock module, Batch batch, Head head, Targets targets, PtNDManager step) {
    JniUtils.setGraphExecutorOptimize(false);
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(true);
    try {
      NDList inputs = network.inputs(batch, step, true);
      inputs.add(tensor(step, targets));
      NDArray headWeight = leaf(weight(step, head));
      NDArray headBias = leaf(bias(step, head));
      inputs.add(headWeight);
      inputs.add(headBias);
      PtNDArray[] leaves = network.leaves(step, inputs);
      NDList results = IValueUtils.forward(module, inputs, true);
      PtNDArray loss = (PtNDArray) results.get(0);
      float[] logits = results.get(1).toFloatArray();
      JniUtils.backward(loss, (PtNDArray) step.create(1f), false, false);
      Reference.reachabilityFence(head);
      return gradients(loss.getFloat(), logits, leaves, headWeight, headBias, step);
    } finally {
      JniUtils.setGradMode(before);
    }
  }

  private Gradients gradients(
      float loss,
      float[] logits,
      PtNDArray[] leaves,
      NDArray headWeight,
      NDArray headBias,
      PtNDManager step) {
    Arena arena = Arena.ofShared();
    openSteps.put(arena, step);
    List<FloatBuffer> views = new ArrayList<>(leaves.length);
    for (PtNDArray leaf : leaves) {
      views.add(Gradients.view(network.gradient(leaf, step), arena));
    }
    int outputs = (int) headBias.size();
    return new Gradients(
        loss,
        rows(logits, 0, logits.length / outputs, outputs),
        List.copyOf(views),
        Gradients.view(headWeight.getGradient(), arena),
        Gradients.view(headBias.getGradient(), arena),
        () -> release(arena));
  }

  private void release(Arena arena) {
    PtNDManager step = openSteps.remove(arena);
    if (step != null) {
      arena.close();
      step.close();
    }
  }

  private float[] infer(Batch batch, Output output, @Nullable Head head) {
    if (head == null) {
      network.check(batch);
    } else {
      check(batch, head);
    }
    open.readLock().lock();
    try (PtNDManager call = newCall()) {
      PtSymbolBlock module = module(output, batch.pairs());
      NDList inputs = network.inputs(batch, call, false);
      if (head != null) {
        inputs.add(weight(call, head));
        inputs.add(bias(call, head));
      }
      float[] result = forward(module, inputs, call);
      Reference.reachabilityFence(head);
      return result;
    } finally {
      open.readLock().unlock();
    }
  }

  private float[] forward(PtSymbolBlock module, NDList inputs, PtNDManager call) {
    List<IValue> arguments = new ArrayList<>();
    inputs.forEach(input -> arguments.add(IValue.from((PtNDArray) input)));
    IValue weights = network.weights();
    if (weights != null) {
      arguments.add(weights);
    }
    JniUtils.setGraphExecutorOptimize(false);
    try (IValue result = IValueUtils.forward(module, arguments.toArray(IValue[]::new))) {
      return result.toTensor(call).toFloatArray();
    } finally {
      arguments.subList(0, inputs.size()).forEach(IValue::close);
    }
  }

  private PtNDManager newCall() {
    if (closed) {
      throw new IllegalStateException("the base is closed");
    }
    return (PtNDManager) scope.newSubManager();
  }

  private PtSymbolBlock module(Output output, boolean pairs) {
    return modules.computeIfAbsent(new Variant(output, pairs), this::load);
  }

  private PtSymbolBlock load(Variant variant) {
    byte[] bytes = network.script(variant.output(), variant.pairs());
    try {
      return JniUtils.loadModule(scope, new ByteArrayInputStream(bytes), false, false);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory failed", e);
    }
  }

  private void check(Batch batch, Head head) {
    network.check(batch);
    int expected = featureCount(batch.pairs());
    if (head.features() != expected) {
      throw new IllegalArgumentException(
          "the head takes %d features, %s of this base have %d"
              .formatted(
                  head.features(),
                  batch.pairs() ? "pairs" : batch instanceof TokenBatch ? "texts" : "inputs",
                  expected));
    }
  }

  private static Output checkTargets(Batch batch, Head head, Targets targets) {
    if (targets.size() != batch.size()) {
      throw new IllegalArgumentException(
          "%d targets for a batch of %d examples".formatted(targets.size(), batch.size()));
    }
    return switch (targets) {
      case Targets.ClassTargets classes -> {
        for (int label : classes.classes()) {
          if (label < 0 || label >= head.outputs()) {
            throw new IllegalArgumentException(
                "class %d for a head of %d outputs".formatted(label, head.outputs()));
          }
        }
        yield Output.CLASS_LOSS;
      }
      case Targets.RealTargets ignored -> {
        if (head.outputs() != 1) {
          throw new IllegalArgumentException(
              "a regression needs a head of 1 output, but it has " + head.outputs());
        }
        yield Output.REAL_LOSS;
      }
    };
  }

  private static NDArray tensor(PtNDManager manager, Targets targets) {
    return switch (targets) {
      case Targets.ClassTargets classes -> {
        long[] wide = new long[classes.size()];
        for (int i = 0; i < wide.length; i++) {
          wide[i] = classes.classes()[i];
        }
        yield manager.create(wide);
      }
      case Targets.RealTargets reals -> manager.create(reals.values());
    };
  }

  private static PtNDArray weight(PtNDManager manager, Head head) {
    return TensorEngine.tensor(
        manager, head.weightBytes(), new Shape(head.outputs(), head.features()));
  }

  private static PtNDArray bias(PtNDManager manager, Head head) {
    return TensorEngine.tensor(manager, head.biasBytes(), new Shape(head.outputs()));
  }

  private static PtNDArray leaf(PtNDArray tensor) {
    tensor.setRequiresGradient(true);
    return tensor;
  }

  private static float[][] rows(float[] flat, int from, int count, int width) {
    float[][] rows = new float[count][width];
    for (int i = 0; i < count; i++) {
      System.arraycopy(flat, (from + i) * width, rows[i], 0, width);
    }
    return rows;
  }
}
