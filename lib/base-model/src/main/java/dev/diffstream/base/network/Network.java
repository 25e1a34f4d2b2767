package dev.diffstream.base.network;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Input;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a base computes before the head, and the access to its parameters. Each call runs a script
 * over {@link #inputs}, targets, head and, where the script takes them, the parameters.
 */
public sealed interface Network permits TransformerNetwork, ModuleNetwork {
  int featureCount(boolean pairs);

  /**
   * @throws IllegalArgumentException if the base does not take such a batch
   */
  void check(Batch batch);

  /** The script that leads from {@link #inputs} to an output. */
  byte[] script(Output output, boolean pairs, boolean dropout);

  /** Adds the masks of a step with dropout, which stand before the parameters. */
  void addMasks(NDList inputs, Batch batch, Dropout dropout, PtNDManager step);

  /**
   * The first arguments of the script.
   *
   * @param training whether a backward pass follows
   */
  NDList inputs(Batch batch, PtNDManager call, boolean training);

  /** The parameters as the last argument of the script, if it takes them. */
  @Nullable IValue weights();

  /**
   * Adds the parameters of a step to its arguments, as far as the script takes them.
   *
   * @return those whose gradients the step computes, in the order of the base's parameters: all, or
   *     none if the base is frozen
   */
  PtNDArray[] leaves(PtNDManager step, NDList arguments, boolean frozen);

  /** The gradient that a backward pass left at a leaf, contiguous, owned by the step. */
  PtNDArray gradient(PtNDArray leaf, PtNDManager step);

  /** Whether all steps share one set of gradient tensors, so that only one may run at a time. */
  boolean sharesLeaves();

  /**
   * The rows of embeddings that the inputs touch, ascending, by parameter; a parameter that is not
   * named may be touched anywhere.
   */
  Map<String, int[]> usedRows(Collection<? extends Input> inputs);

  /** Number of tensors that are held between calls. */
  int heldTensors();

  void close();
}
