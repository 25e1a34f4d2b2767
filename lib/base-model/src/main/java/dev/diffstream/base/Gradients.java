package dev.diffstream.base;

import ai.djl.ndarray.NDArray;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * What one training step found: the loss, the logits, and the loss's gradients in the engine's own
 * memory. Closing frees that memory; a gradient read afterwards throws {@link
 * IllegalStateException}.
 */
public final class Gradients implements AutoCloseable {
  private final float loss;
  private final float[][] logits;
  private final List<FloatBuffer> parameters;
  private final FloatBuffer headWeight;
  private final FloatBuffer headBias;
  private final Runnable release;

  Gradients(
      float loss,
      float[][] logits,
      List<FloatBuffer> parameters,
      FloatBuffer headWeight,
      FloatBuffer headBias,
      Runnable release) {
    this.loss = loss;
    this.logits = logits;
    this.parameters = parameters;
    this.headWeight = headWeight;
    this.headBias = headBias;
    this.release = release;
  }

  /** Mean over the batch. */
  public float loss() {
    return loss;
  }

  /** Examples (or tokens) x outputs, from before any update; empty for a tied head. */
  public float[][] logits() {
    return logits;
  }

  /**
   * dL/dtheta of each parameter, in the order and with the sizes of {@link Base#parameters()};
   * direct buffers of native order, which the caller may overwrite.
   */
  public List<FloatBuffer> parameters() {
    return parameters;
  }

  /** Gradient of {@link Head#weight()}, of its shape. */
  public FloatBuffer headWeight() {
    return headWeight;
  }

  /** Gradient of {@link Head#bias()}. */
  public FloatBuffer headBias() {
    return headBias;
  }

  @Override
  public void close() {
    release.run();
  }

  /** A tensor's own memory, readable until the arena closes. */
  static FloatBuffer view(NDArray tensor, Arena arena) {
    return MemorySegment.ofBuffer(tensor.toByteBuffer(true))
        .reinterpret(arena, null)
        .asByteBuffer()
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }
}
