package dev.diffstream.base;

import ai.djl.ndarray.NDManager;
import java.nio.FloatBuffer;
import java.util.List;

/** What one step found. The buffers are the engine's memory and end with {@link #close}. */
public final class Gradients implements AutoCloseable {
  private final NDManager step;
  private final float loss;
  private final List<FloatBuffer> parameters;
  private final float[] headWeight;
  private final float[] headBias;

  Gradients(
      NDManager step,
      float loss,
      List<FloatBuffer> parameters,
      float[] headWeight,
      float[] headBias) {
    this.step = step;
    this.loss = loss;
    this.parameters = parameters;
    this.headWeight = headWeight;
    this.headBias = headBias;
  }

  /** Mean over the batch. */
  public float loss() {
    return loss;
  }

  /** dL/dtheta by parameter, in the order of {@link Base#parameters()}, row-major. */
  public List<FloatBuffer> parameters() {
    return parameters;
  }

  /** {@code outputs x features}. */
  public float[] headWeight() {
    return headWeight;
  }

  public float[] headBias() {
    return headBias;
  }

  @Override
  public void close() {
    step.close();
  }
}
