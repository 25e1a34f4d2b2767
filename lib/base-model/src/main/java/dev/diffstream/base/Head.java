package dev.diffstream.base;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * The dense layer of one task: logits = features x weight^T + bias. It starts at zero and is
 * written in place through its buffers; the next forward pass sees what was written. Its memory is
 * freed with the object.
 */
public final class Head {
  /** As the engine aligns its own tensors, so that equal heads give equal bits. */
  private static final int ALIGNMENT = 64;

  private final int outputs;
  private final int features;
  private final ByteBuffer weight;
  private final ByteBuffer bias;

  /**
   * @param outputs number of labels, or 1 for a regression
   * @param features width of the input, {@link Encoder#featureCount}
   */
  public Head(int outputs, int features) {
    if (outputs < 1 || features < 1) {
      throw new IllegalArgumentException(
          "a head needs at least one output and feature, but has %d x %d"
              .formatted(outputs, features));
    }
    this.outputs = outputs;
    this.features = features;
    this.weight = allocate((long) outputs * features);
    this.bias = allocate(outputs);
  }

  public int outputs() {
    return outputs;
  }

  public int features() {
    return features;
  }

  /** The live weight, outputs x features, row-major. */
  public FloatBuffer weight() {
    return weight.asFloatBuffer();
  }

  /** The live bias, one value for each output. */
  public FloatBuffer bias() {
    return bias.asFloatBuffer();
  }

  ByteBuffer weightBytes() {
    return weight.duplicate().order(weight.order());
  }

  ByteBuffer biasBytes() {
    return bias.duplicate().order(bias.order());
  }

  private static ByteBuffer allocate(long floats) {
    int bytes = Math.toIntExact(floats * Float.BYTES);
    int padded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return ByteBuffer.allocateDirect(padded + ALIGNMENT)
        .alignedSlice(ALIGNMENT)
        .slice(0, bytes)
        .order(ByteOrder.nativeOrder());
  }
}
