package dev.diffstream.base.encoder;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * The dense layer of one task: logits = features x weight^T + bias. It starts at zero and is
 * written in place through its buffers; the next forward pass sees what was written. Its memory is
 * freed with the object.
 *
 * <p>A {@link #tied} head has more than one layer and borrows the base's word embedding.
 */
public final class Head {
  /** As the engine aligns its own tensors, so that equal heads give equal bits. */
  private static final int ALIGNMENT = 64;

  private final int outputs;
  private final int features;
  private final boolean tied;
  private final ByteBuffer weight;
  private final ByteBuffer bias;

  /**
   * @param outputs number of labels, or 1 for a regression
   * @param features width of the input, {@link Encoder#featureCount}
   */
  public Head(int outputs, int features) {
    this(outputs, features, false, (long) outputs * features);
  }

  private Head(int outputs, int features, boolean tied, long weights) {
    if (outputs < 1 || features < 1) {
      throw new IllegalArgumentException(
          "a head needs at least one output and feature, but has %d x %d"
              .formatted(outputs, features));
    }
    this.outputs = outputs;
    this.features = features;
    this.tied = tied;
    this.weight = allocate(weights);
    this.bias = allocate(outputs);
  }

  /**
   * A head for masked language modelling: logits = layerNorm(gelu(W h + b)) x E^T + bias, for the
   * last hidden state h of a token and the base's word embedding E. {@link #weight()} holds W, b,
   * and the layer norm's weight and bias, in this order. W starts as the identity, the norm with
   * weight 1 and bias 0.
   *
   * @param vocab rows of the word embedding: the outputs
   * @param hidden width of a hidden state
   * @param embedding width of a word embedding
   */
  public static Head tied(int vocab, int hidden, int embedding) {
    Head head = new Head(vocab, hidden, true, (long) embedding * hidden + 3L * embedding);
    FloatBuffer values = head.weight();
    for (int i = 0; i < embedding; i++) {
      values.put(i * hidden + i % hidden, 1);
      values.put(embedding * hidden + embedding + i, 1);
    }
    return head;
  }

  public int outputs() {
    return outputs;
  }

  public int features() {
    return features;
  }

  public boolean isTied() {
    return tied;
  }

  /** Width of the vectors that a tied head compares with word embeddings. */
  public int embedding() {
    return weight.capacity() / Float.BYTES / (features + 3);
  }

  /** The live weight, outputs x features, row-major; of a tied head see {@link #tied}. */
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
