package dev.diffstream.base.engine;

import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The engine's matrix product y = w x, written into memory of the caller's. Tensors over the
 * caller's memory are made once and used many times.
 *
 * <p>For one thread at a time.
 */
public final class MatrixProduct implements AutoCloseable {
  private static final String ARGUMENTS = "w: Tensor, x: Tensor, y: Tensor";
  private static final String LOW_BODY =
      "  p = torch.mm(w, %s)\n  return torch.copy_(y, p, False)\n";

  private static final ProductLibrary LIBRARY = ProductLibrary.ofMachine();

  private final PtNDManager scope;
  private final PtSymbolBlock module;
  private final Compute compute;

  /** A matrix in memory that outlives it, row-major. */
  public static final class Matrix implements AutoCloseable {
    private final List<PtNDArray> tensors;
    private final IValue value;

    /**
     * @param tensors the last is the matrix, those before it hold its memory
     */
    private Matrix(PtNDArray... tensors) {
      this.tensors = List.of(tensors);
      this.value = IValue.from(this.tensors.getLast());
    }

    /** Forgets the memory, which stays. */
    @Override
    public void close() {
      value.close();
      tensors.forEach(PtNDArray::close);
    }
  }

  public MatrixProduct() {
    this(Compute.FP32);
  }

  /**
   * @param compute format in which w and x are multiplied; y is fp32 in either case
   */
  public MatrixProduct(Compute compute) {
    this(compute, LIBRARY);
  }

  MatrixProduct(Compute compute, ProductLibrary library) {
    this.scope = TensorEngine.newScope();
    this.compute = compute;
    String body = compute == Compute.FP32 ? library.body() : LOW_BODY.formatted(compute.cast("x"));
    this.module = TensorScript.load(scope, ARGUMENTS, body);
  }

  /**
   * A left factor: in fp32 the memory itself, else a copy in the format of this product.
   *
   * @param memory direct, of native order, rows x columns floats from position 0
   */
  public Matrix weights(ByteBuffer memory, int rows, int columns) {
    PtNDArray values = TensorEngine.tensor(scope, memory, new Shape(rows, columns));
    if (compute == Compute.FP32) {
      return new Matrix(values);
    }
    PtSymbolBlock cast =
        TensorScript.load(scope, "values: Tensor", "  return " + compute.cast("values") + "\n");
    JniUtils.setGraphExecutorOptimize(false);
    try (IValue argument = IValue.from(values);
        IValue result = IValueUtils.forward(cast, new IValue[] {argument})) {
      return new Matrix(result.toTensor(scope));
    } finally {
      values.close();
      cast.close();
    }
  }

  /**
   * @param memory direct, of native order, rows x columns floats from position 0
   */
  public Matrix matrix(ByteBuffer memory, int rows, int columns) {
    return new Matrix(TensorEngine.tensor(scope, memory, new Shape(rows, columns)));
  }

  /**
   * The first columns of a matrix.
   *
   * @param memory direct, of native order, rows x stride floats from position 0
   */
  public Matrix columns(ByteBuffer memory, int rows, int stride, int columns) {
    PtNDArray whole = TensorEngine.tensor(scope, memory, new Shape(rows, stride));
    PtNDArray part = JniUtils.slice(whole, 1, 0, columns, 1);
    part.attach(scope);
    return new Matrix(whole, part);
  }

  /** Writes w x into y. */
  public void multiply(Matrix w, Matrix x, Matrix y) {
    JniUtils.setGraphExecutorOptimize(false);
    try (IValue result = IValueUtils.forward(module, new IValue[] {w.value, x.value, y.value})) {
      // the result is y itself
    }
  }

  /** Frees everything but the callers' memory. */
  @Override
  public void close() {
    scope.close();
  }
}
