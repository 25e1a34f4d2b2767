package dev.diffstream.base.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;

/** A function over tensors and lists of tensors, written as {@link TensorScript}s are. */
public final class TensorFunction {
  private final PtNDManager scope;
  private final PtSymbolBlock module;

  private TensorFunction(PtNDManager scope, PtSymbolBlock module) {
    this.scope = scope;
    this.module = module;
  }

  /**
   * @param arguments tensors, then lists of tensors
   * @param body as {@link TensorScript#of} takes it
   */
  public static TensorFunction of(PtNDManager scope, String arguments, String body) {
    return new TensorFunction(scope, TensorScript.load(scope, arguments, body));
  }

  /**
   * Runs it and copies the result to host memory.
   *
   * @param kept a list that the caller keeps for many calls; the first of the lists
   */
  public float[] run(List<NDArray> tensors, IValue kept, PtNDArray[]... lists) {
    List<IValue> values = new ArrayList<>();
    tensors.forEach(tensor -> values.add(IValue.from((PtNDArray) tensor)));
    values.add(kept);
    for (PtNDArray[] list : lists) {
      values.add(IValue.listFrom(list));
    }
    JniUtils.setGraphExecutorOptimize(false);
    try (IValue result = IValueUtils.forward(module, values.toArray(IValue[]::new));
        PtNDArray tensor = result.toTensor(scope)) {
      return tensor.toFloatArray();
    } catch (RuntimeException e) {
      throw EngineMemoryException.translated(e);
    } finally {
      values.remove(kept);
      values.forEach(IValue::close);
    }
  }
}
