package dev.diffstream.base.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Gradients on a device, in fp32 whatever the format they were computed in, as one vector in the
 * layout of {@link Replica#theta}: all parameters in order, then a zero.
 *
 * @param sizes of the parameters
 */
@SuppressWarnings("ArrayRecordComponent") // read only
record FlatTensors(PtNDArray flat, int[] sizes) implements GradientTensors {
  /**
   * Owned by the step.
   *
   * @param zero a tensor of one zero in the gradients' format; the library cannot create tensors of
   *     formats that it does not know
   */
  static FlatTensors of(PtNDArray[] gradients, PtNDArray zero, PtNDManager step) {
    PtNDArray[] parts = new PtNDArray[gradients.length + 1];
    int[] sizes = new int[gradients.length];
    for (int i = 0; i < gradients.length; i++) {
      sizes[i] = Math.toIntExact(gradients[i].size());
      parts[i] = gradients[i].reshape(new Shape(sizes[i]));
    }
    parts[gradients.length] = zero;
    PtNDArray flat = JniUtils.cat(parts, 0);
    flat.attach(step);
    return new FlatTensors(JniUtils.to(flat, DataType.FLOAT32, step.getDevice()), sizes);
  }

  @Override
  public List<FloatBuffer> inHostMemory() {
    FloatBuffer all = FloatBuffer.wrap(flat.toFloatArray());
    List<FloatBuffer> parts = new ArrayList<>();
    int from = 0;
    for (int size : sizes) {
      parts.add(all.slice(from, size));
      from += size;
    }
    return parts;
  }

  @Override
  public void scale(float factor) {
    flat.muli(factor);
  }

  @Override
  public void add(GradientTensors more, float factor) {
    try (NDArray scaled = ((FlatTensors) more).flat.mul(factor)) {
      flat.addi(scaled);
    }
  }

  /** Checks the sum: a value that is not finite makes the sum not finite. */
  @Override
  public boolean finite() {
    try (NDArray sum = flat.sum()) {
      return Float.isFinite(sum.getFloat());
    }
  }
}
