package dev.diffstream.base.encoder;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * The results of one training step: the loss, the logits, and the loss's gradients in the engine's
 * own memory. Closing frees that memory; a gradient read afterwards throws {@link
 * IllegalStateException}.
 */
public final class Gradients implements AutoCloseable {
  private final float loss;
  private final float[][] logits;
  private final GradientTensors tensors;
  private final FloatBuffer headWeight;
  private final FloatBuffer headBias;
  private final Runnable release;

  Gradients(
      float loss,
      float[][] logits,
      GradientTensors tensors,
      FloatBuffer headWeight,
      FloatBuffer headBias,
      Runnable release) {
    this.loss = loss;
    this.logits = logits;
    this.tensors = tensors;
    this.headWeight = headWeight;
    this.headBias = headBias;
    this.release = release;
  }

  /** Gradients from values that the caller computed, with an empty head. */
  public static Gradients of(List<FloatBuffer> parameters) {
    FloatBuffer none = FloatBuffer.allocate(0);
    return new Gradients(0, new float[0][], new HostTensors(parameters), none, none, () -> {});
  }

  /** Mean over the batch. */
  public float loss() {
    return loss;
  }

  /** Examples (or tokens) x outputs, computed before any update; empty for a tied head. */
  public float[][] logits() {
    return logits;
  }

  /**
   * dL/dtheta of each parameter, in the order and with the sizes of the base's parameters. Of a
   * base in host memory direct buffers of native order, which the caller may overwrite; of a {@link
   * Replica} a copy, made anew by each call. Empty if the base was frozen ({@link
   * Encoder#headStep}).
   */
  public List<FloatBuffer> parameters() {
    return tensors.inHostMemory();
  }

  GradientTensors tensors() {
    return tensors;
  }

  /** Multiplies all gradients. */
  public void scale(float factor) {
    tensors.scale(factor);
    HostTensors.scale(headWeight, factor);
    HostTensors.scale(headBias, factor);
  }

  /** Adds {@code factor} times the gradients of another step of the same encoder. */
  public void add(Gradients more, float factor) {
    tensors.add(more.tensors, factor);
    HostTensors.add(headWeight, more.headWeight, factor);
    HostTensors.add(headBias, more.headBias, factor);
  }

  /** Whether the gradients of the head and of small parameters are finite. */
  public boolean finite() {
    return HostTensors.finite(headWeight) && HostTensors.finite(headBias) && tensors.finite();
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

  /** A tensor's own memory, or a copy of a device's, readable until the arena closes. */
  static FloatBuffer view(NDArray tensor, Arena arena) {
    NDArray inHostMemory = tensor.toDevice(Device.cpu(), false);
    return MemorySegment.ofBuffer(inHostMemory.toByteBuffer(true))
        .reinterpret(arena, null)
        .asByteBuffer()
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }
}
