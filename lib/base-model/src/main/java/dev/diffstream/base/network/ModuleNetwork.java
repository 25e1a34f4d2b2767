package dev.diffstream.base.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.base.format.ModuleConfig;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Input;
import dev.diffstream.base.input.TensorBatch;
import dev.diffstream.base.input.TensorInput;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A TorchScript module that holds its own parameters and turns tensors into features. It always
 * runs in eval mode: no dropout, batch norms by their stored statistics, which never change.
 */
public final class ModuleNetwork implements Network {
  private final ModuleConfig config;
  private final PtNDManager scope = TensorEngine.newScope();
  private final PtSymbolBlock module;
  private final List<PtNDArray> tensors = new ArrayList<>();

  /**
   * @throws RuntimeException of the engine if the file is no module
   * @throws IllegalArgumentException if a parameter is not fp32 and contiguous, or there is none
   */
  public ModuleNetwork(ModuleConfig config, byte[] file) {
    this.config = config;
    try {
      this.module = JniUtils.loadModule(scope, new ByteArrayInputStream(file), false, false);
      readParameters();
    } catch (IOException e) {
      scope.close();
      throw new UncheckedIOException("reading from memory failed", e);
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  private void readParameters() {
    for (NDArray tensor : JniUtils.moduleGetParams(module, scope)) {
      boolean ofBase = !config.heads().matcher(tensor.getName()).matches();
      JniUtils.attachGradient((PtNDArray) tensor, ofBase);
      if (ofBase) {
        if (tensor.getDataType() != DataType.FLOAT32) {
          throw new IllegalArgumentException(
              "parameter %s is of type %s, supported is float32"
                  .formatted(tensor.getName(), tensor.getDataType()));
        }
        tensors.add((PtNDArray) tensor);
      }
    }
    if (tensors.isEmpty()) {
      throw new IllegalArgumentException(
          "it has no parameters besides its heads; a frozen module has none");
    }
    tensors.sort(Comparator.comparing(NDArray::getName));
  }

  /** The parameters over the engine's own memory, in canonical order. */
  public List<Parameter> parameters(Arena arena) {
    List<Parameter> parameters = new ArrayList<>();
    for (PtNDArray tensor : tensors) {
      List<Integer> shape =
          Arrays.stream(tensor.getShape().getShape()).mapToObj(Math::toIntExact).toList();
      MemorySegment memory =
          MemorySegment.ofBuffer(tensor.toByteBuffer(true)).reinterpret(arena, null);
      parameters.add(
          new Parameter(
              tensor.getName(), shape, memory.asByteBuffer().order(ByteOrder.nativeOrder())));
    }
    return List.copyOf(parameters);
  }

  /**
   * Runs the module once on random values and checks what it returns.
   *
   * @throws IllegalArgumentException if its output is not examples x features of finite fp32
   */
  public void validateOutput() {
    Batch batch = Batch.of(List.of(TensorInput.noise(config.inputs(), 0)));
    try (PtNDManager call = (PtNDManager) scope.newSubManager()) {
      NDArray features = inputs(batch, call, false).head();
      Shape expected = new Shape(1, config.features());
      if (!features.getShape().equals(expected) || features.getDataType() != DataType.FLOAT32) {
        throw new IllegalArgumentException(
            "forward gave %s of type %s for one example, expected %s of type float32"
                .formatted(features.getShape(), features.getDataType(), expected));
      }
      for (float value : features.toFloatArray()) {
        if (!Float.isFinite(value)) {
          throw new IllegalArgumentException("forward gave %s for random values".formatted(value));
        }
      }
    }
  }

  @Override
  public int featureCount(boolean pairs) {
    if (pairs) {
      throw new IllegalArgumentException("base %s takes no pairs".formatted(config.name()));
    }
    return config.features();
  }

  @Override
  public void check(Batch batch) {
    if (!(batch instanceof TensorBatch tensors) || !tensors.specs().equals(config.inputs())) {
      throw new IllegalArgumentException(
          "base %s takes %s, the batch holds %s"
              .formatted(
                  config.name(),
                  config.inputs(),
                  batch instanceof TensorBatch other ? other.specs() : "texts"));
    }
  }

  @Override
  public byte[] script(Output output, boolean pairs, boolean dropout) {
    return EncoderScript.head(output);
  }

  @Override
  public void addMasks(NDList inputs, Batch batch, Dropout dropout, PtNDManager step) {
    throw new IllegalArgumentException(
        "base %s is a module, which has no dropout".formatted(config.name()));
  }

  /** The features: the module runs here, and the script continues its graph. */
  @Override
  public NDList inputs(Batch batch, PtNDManager call, boolean training) {
    NDList arguments = arguments((TensorBatch) batch, call);
    JniUtils.setGraphExecutorOptimize(false);
    if (training) {
      return new NDList(IValueUtils.forward(module, arguments, true).head());
    }
    IValue[] values =
        arguments.stream().map(a -> IValue.from((PtNDArray) a)).toArray(IValue[]::new);
    try (IValue result = IValueUtils.forward(module, values)) {
      return new NDList(result.toTensor(call));
    } finally {
      for (IValue value : values) {
        value.close();
      }
    }
  }

  private NDList arguments(TensorBatch batch, PtNDManager call) {
    NDList arguments = new NDList();
    for (int i = 0; i < config.inputs().size(); i++) {
      arguments.add(call.create(batch.values(i), new Shape(batch.shape(i))));
      if (config.inputs().get(i).varies()) {
        arguments.add(call.create(batch.lengths(i)));
      }
    }
    return arguments;
  }

  @Override
  public @Nullable IValue weights() {
    return null;
  }

  /** Zeroes the gradients of the previous step, which may have failed half-way. */
  @Override
  public PtNDArray[] leaves(PtNDManager step, NDList arguments, boolean frozen) {
    if (frozen) {
      return new PtNDArray[0];
    }
    for (PtNDArray tensor : tensors) {
      try (PtNDArray gradient = JniUtils.getGradient(tensor)) {
        if (gradient != null) {
          JniUtils.zeroGrad(tensor);
        }
      }
    }
    return tensors.toArray(new PtNDArray[0]);
  }

  /**
   * A copy, since the next step overwrites the original; zero if the loss does not depend on it.
   */
  @Override
  public PtNDArray gradient(PtNDArray leaf, PtNDManager step) {
    PtNDArray copy = (PtNDArray) step.zeros(leaf.getShape());
    try (PtNDArray gradient = JniUtils.getGradient(leaf)) {
      if (gradient != null) {
        copy.addi(gradient);
      }
    }
    return copy;
  }

  @Override
  public boolean sharesLeaves() {
    return true;
  }

  @Override
  public Map<String, int[]> usedRows(Collection<? extends Input> inputs) {
    return Map.of();
  }

  @Override
  public int heldTensors() {
    return scope.getManagedArrays().size();
  }

  @Override
  public void close() {
    scope.close();
  }
}
