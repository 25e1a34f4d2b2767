package dev.diffstream.base.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import java.nio.ByteOrder;

/** A vector on a replica's device, which {@link TensorScript}s read and write. */
public final class DeviceTensor implements AutoCloseable {
  private final PtNDArray tensor;

  public DeviceTensor(PtNDArray tensor) {
    this.tensor = tensor;
  }

  /** Number of values. */
  public int size() {
    return Math.toIntExact(tensor.size());
  }

  /** A copy of its values, of any float format, in host memory. */
  public float[] floats() {
    if (tensor.getDataType() == DataType.FLOAT32) {
      return tensor.toFloatArray();
    }
    try (NDArray wide = tensor.toType(DataType.FLOAT32, true)) {
      return wide.toFloatArray();
    }
  }

  /** Copies its fp32 values into an array of at least its size. */
  public void copyTo(float[] into) {
    tensor.toByteBuffer(false).order(ByteOrder.nativeOrder()).asFloatBuffer().get(into, 0, size());
  }

  /** A copy of its fp64 values. */
  public double[] doubles() {
    return tensor.toDoubleArray();
  }

  public PtNDArray tensor() {
    return tensor;
  }

  /** Frees its memory. */
  @Override
  public void close() {
    tensor.close();
  }
}
