package dev.diffstream.base.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.diffstream.base.architecture.EncoderTensors;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.base.engine.EngineMemoryException;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Input;
import dev.diffstream.base.input.TokenBatch;
import dev.diffstream.base.input.TokenSelection;
import dev.diffstream.base.network.Dropout;
import dev.diffstream.base.network.Network;
import dev.diffstream.base.network.Output;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs a base: hidden states, features, logits of a head, in fp32 and without dropout, and training
 * steps.
 *
 * <p>Safe for use by many threads, as long as nobody writes parameters or the head meanwhile. The
 * same batch gives the same bits each time, from the first call on: the engine's optimising
 * executor, which rewrites a module after its first runs, is off.
 */
public final class Encoder {
  private record Variant(Output output, boolean pairs, boolean dropout) {}

  private final Network network;
  private final PtNDManager scope;
  private final @Nullable PtNDArray zero;
  private final Map<Variant, PtSymbolBlock> modules = new ConcurrentHashMap<>();
  private final Map<Arena, PtNDManager> openSteps = new ConcurrentHashMap<>();
  private final ReadWriteLock open = new ReentrantReadWriteLock();
  private boolean closed;

  public Encoder(Network network) {
    this(network, ComputeDevice.cpu(), null);
  }

  /**
   * @param zero where steps shall give their gradients as one tensor: one zero of their format,
   *     which will stand at its end
   */
  Encoder(Network network, ComputeDevice device, @Nullable PtNDArray zero) {
    this.network = network;
    this.scope = TensorEngine.newScope(device);
    this.zero = zero;
  }

  /**
   * Width of the features: of one sequence its mean u over all tokens; of two {@code [u, v, |u-v|,
   * u*v]} with u and v brought to length sqrt(hidden); of tensors what the module's {@code forward}
   * returns.
   *
   * @param pairs whether examples are two sequences each
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
    float[] flat = infer(batch, Output.HIDDEN, null, null);
    int width = flat.length / (tokens.sequences() * tokens.length());
    float[][][] states = new float[tokens.sequences()][][];
    for (int i = 0; i < states.length; i++) {
      states[i] = rows(flat, i * tokens.length(), tokens.length(), width);
    }
    return states;
  }

  /** Pooled features: examples x {@link #featureCount}. */
  public float[][] features(Batch batch) {
    float[] flat = infer(batch, Output.FEATURES, null, null);
    return rows(flat, 0, batch.size(), featureCount(batch.pairs()));
  }

  /** Logits of a head: examples x outputs. */
  public float[][] logits(Batch batch, Head head) {
    if (head.isTied()) {
      throw new IllegalArgumentException("a tied head gives logits of single tokens only");
    }
    return rows(infer(batch, Output.LOGITS, head, null), 0, batch.size(), head.outputs());
  }

  /** Logits of a head for single tokens of texts: tokens x outputs. */
  public float[][] logits(Batch batch, Head head, TokenSelection tokens) {
    if (tokens.size() == 0) {
      return new float[0][];
    }
    Output output = head.isTied() ? Output.TIED_LOGITS : Output.TOKEN_LOGITS;
    return rows(infer(batch, output, head, tokens), 0, tokens.size(), head.outputs());
  }

  /**
   * One forward and one backward pass. Nothing is updated.
   *
   * @throws IllegalArgumentException if batch, head and targets do not fit together
   * @throws EngineMemoryException if the batch needs more memory than there is
   */
  public Gradients step(Batch batch, Head head, Targets targets) {
    return step(batch, head, targets, Dropout.NONE);
  }

  /**
   * As above, with dropout after the embeddings and after each layer's attention and feed-forward
   * output, where BERT has it.
   *
   * @throws IllegalArgumentException if the base reads tensors, or the batch is no part of what the
   *     dropout is for
   */
  public Gradients step(Batch batch, Head head, Targets targets, Dropout dropout) {
    return step(batch, head, targets, dropout, false);
  }

  /**
   * As above over a frozen base, whose parameters get no gradients. There is no backward pass
   * through the encoder, which saves most of the time. Loss and head gradients are bit-equal to
   * those of a whole step.
   */
  public Gradients headStep(Batch batch, Head head, Targets targets, Dropout dropout) {
    return step(batch, head, targets, dropout, true);
  }

  private Gradients step(Batch batch, Head head, Targets targets, Dropout dropout, boolean frozen) {
    check(batch, head);
    Output output = Losses.of(batch, head, targets);
    open.readLock().lock();
    try {
      PtNDManager step = newCall();
      try {
        PtSymbolBlock module = module(output, batch.pairs(), !dropout.isNone());
        if (network.sharesLeaves()) {
          synchronized (network) {
            return step(module, batch, head, targets, dropout, frozen, step);
          }
        }
        return step(module, batch, head, targets, dropout, frozen, step);
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
   * The rows of embeddings that the examples use, ascending, by parameter: all other rows have a
   * gradient of zero. In a parameter that is not named any row may be used.
   */
  public Map<String, int[]> usedRows(Collection<? extends Input> inputs) {
    return network.usedRows(inputs);
  }

  /**
   * As {@link #usedRows}, for a tied head: each word is an output too, so any row of the word
   * embedding may be touched.
   */
  public Map<String, int[]> usedRowsWithTiedHead(Collection<? extends Input> inputs) {
    Map<String, int[]> rows = new HashMap<>(network.usedRows(inputs));
    rows.remove(EncoderTensors.WORDS);
    return Map.copyOf(rows);
  }

  /** Number of tensors that are held between calls. */
  public int heldTensors() {
    return scope.getManagedArrays().size() + network.heldTensors();
  }

  /**
   * Waits for running calls, then frees the modules and the memory of steps that are still open.
   */
  public void close() {
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
      PtSymbolBlock module,
      Batch batch,
      Head head,
      Targets targets,
      Dropout dropout,
      boolean frozen,
      PtNDManager step) {
    JniUtils.setGraphExecutorOptimize(false);
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(!frozen);
    try {
      NDList inputs = network.inputs(batch, step, true);
      JniUtils.setGradMode(true);
      if (targets instanceof Targets.TokenTargets tokens) {
        inputs.add(step.create(tokens.tokens().rows(batch)));
      }
      inputs.add(HeadTensors.of(targets, step));
      NDArray headWeight = leaf(HeadTensors.weight(head, step));
      NDArray headBias = leaf(HeadTensors.bias(head, step));
      inputs.add(headWeight);
      inputs.add(headBias);
      if (!dropout.isNone()) {
        network.addMasks(inputs, batch, dropout, step);
      }
      PtNDArray[] leaves = network.leaves(step, inputs, frozen);
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
    PtNDArray[] found = new PtNDArray[leaves.length];
    for (int i = 0; i < leaves.length; i++) {
      found[i] = network.gradient(leaves[i], step);
    }
    int outputs = (int) headBias.size();
    return new Gradients(
        loss,
        rows(logits, 0, logits.length / outputs, outputs),
        zero == null || found.length == 0
            ? new HostTensors(found, arena)
            : FlatTensors.of(found, zero, step),
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

  private float[] infer(
      Batch batch, Output output, @Nullable Head head, @Nullable TokenSelection tokens) {
    if (head == null) {
      network.check(batch);
    } else {
      check(batch, head);
    }
    open.readLock().lock();
    try (PtNDManager call = newCall()) {
      PtSymbolBlock module = module(output, batch.pairs(), false);
      NDList inputs = network.inputs(batch, call, false);
      if (tokens != null) {
        inputs.add(call.create(tokens.rows(batch)));
      }
      if (head != null) {
        inputs.add(HeadTensors.weight(head, call));
        inputs.add(HeadTensors.bias(head, call));
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

  private PtSymbolBlock module(Output output, boolean pairs, boolean dropout) {
    return modules.computeIfAbsent(new Variant(output, pairs, dropout), this::load);
  }

  private PtSymbolBlock load(Variant variant) {
    byte[] bytes = network.script(variant.output(), variant.pairs(), variant.dropout());
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
