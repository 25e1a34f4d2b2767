package dev.diffstream.base.engine;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A function over tensors, written as TorchScript: the engine's operations by their own names, run
 * one after the other on the device where the arguments lie. It may write into its arguments.
 */
public final class TensorScript {
  private static final String HEADER =
      """
      class Update(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
      """;

  private final PtNDManager scope;
  private final PtSymbolBlock module;

  private TensorScript(PtNDManager scope, PtSymbolBlock module) {
    this.scope = scope;
    this.module = module;
  }

  /**
   * @param arguments as in {@code w: Tensor, rate: float}; also {@code int}, {@code List[int]} and
   *     {@code List[float]}
   * @param body lines of two spaces of indentation and no comments; it returns one tensor
   */
  public static TensorScript of(PtNDManager scope, String arguments, String body) {
    return new TensorScript(scope, load(scope, arguments, body));
  }

  static PtSymbolBlock load(PtNDManager scope, String arguments, String body) {
    String code =
        HEADER
            + "  def forward(self: __torch__.diffstream.Update,\n    %s) -> Tensor:\n"
                .formatted(arguments)
            + body.indent(2);
    byte[] bytes =
        TorchScriptArchive.bytes(
            "diffstream",
            "Update",
            code.getBytes(StandardCharsets.UTF_8),
            List.of(new TorchScriptArchive.Field("training", false)));
    try {
      return JniUtils.loadModule(scope, new ByteArrayInputStream(bytes), false, false);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory failed", e);
    }
  }

  /**
   * Runs it.
   *
   * @param arguments {@link DeviceTensor}, {@link Double}, {@link Long}, {@code double[]} or {@code
   *     long[]}, as the script names them
   * @return what it returns; to be closed
   * @throws EngineMemoryException if the device has no memory for it
   */
  public DeviceTensor run(Object... arguments) {
    IValue[] values = new IValue[arguments.length];
    try {
      for (int i = 0; i < values.length; i++) {
        values[i] = value(arguments[i]);
      }
      JniUtils.setGraphExecutorOptimize(false);
      try (IValue result = IValueUtils.forward(module, values)) {
        PtNDArray tensor = result.toTensor(scope);
        return new DeviceTensor(tensor);
      }
    } catch (RuntimeException e) {
      throw EngineMemoryException.translated(e);
    } finally {
      for (IValue value : values) {
        if (value != null) {
          value.close();
        }
      }
    }
  }

  /** Runs it on a tensor in training mode, so that the result may take part in a gradient. */
  public PtNDArray runForTraining(PtNDArray argument) {
    JniUtils.setGraphExecutorOptimize(false);
    return (PtNDArray) IValueUtils.forward(module, new NDList(argument), true).head();
  }

  private static IValue value(Object argument) {
    return switch (argument) {
      case DeviceTensor tensor -> IValue.from(tensor.tensor());
      case Double number -> IValue.from(number.doubleValue());
      case Long number -> IValue.from(number.longValue());
      case double[] numbers -> IValue.listFrom(numbers);
      case long[] numbers -> IValue.listFrom(numbers);
      default ->
          throw new IllegalArgumentException(
              "a script takes no argument of this type: " + argument);
    };
  }
}
