package dev.diffstream.base.encoder;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.base.engine.DeviceTensor;
import dev.diffstream.base.engine.EngineMemoryException;
import dev.diffstream.base.engine.ProductLibrary;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.base.engine.TensorScript;
import dev.diffstream.base.network.TransformerNetwork;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * A copy of a base's parameters on a device, as one vector theta in fp32 that learning writes, and
 * where passes run in bf16 a copy of that in bf16. The base itself stays as it is.
 *
 * <p>For one thread at a time. Closing frees its memory on the device.
 */
public final class Replica implements AutoCloseable {
  private static final String COPY_ARGUMENTS = "into: Tensor, values: Tensor, first: int, end: int";

  /** Between devices and formats. */
  private static final String COPY =
      """
        return torch.copy_(torch.slice(into, 0, first, end), values)
      """;

  private final ComputeDevice device;
  private final Compute compute;
  private final PtNDManager scope;
  private final TensorScript copy;
  private final long[] offsets;
  private final DeviceTensor theta;
  private final PtNDArray trained;
  private final Encoder encoder;

  public Replica(
      Architecture architecture,
      List<Parameter> parameters,
      ComputeDevice device,
      Compute compute) {
    this.device = device;
    this.compute = compute;
    this.scope = TensorEngine.newScope(device);
    this.copy = TensorScript.of(scope, COPY_ARGUMENTS, COPY);
    this.offsets = new long[parameters.size() + 1];
    for (int i = 0; i < parameters.size(); i++) {
      offsets[i + 1] = offsets[i] + parameters.get(i).size();
    }
    try {
      PtNDArray flat = concatenated(parameters.stream().map(Parameter::values).toList());
      this.theta = new DeviceTensor(flat);
      this.trained = compute == Compute.BF16 ? toBf16(flat) : flat;
      List<String> names = parameters.stream().map(Parameter::name).toList();
      this.encoder =
          new Encoder(
              new TransformerNetwork(architecture, names, new Values(parameters)),
              device,
              JniUtils.slice(trained, 0, trained.size() - 1, trained.size(), 1));
    } catch (RuntimeException e) {
      scope.close();
      throw EngineMemoryException.translated(e);
    }
  }

  public ComputeDevice device() {
    return device;
  }

  public Compute compute() {
    return compute;
  }

  /** Runs the replica's parameters: evaluation in fp32, training steps in {@link #compute}. */
  public Encoder encoder() {
    return encoder;
  }

  /**
   * All parameters in fp32, one behind the other in the order of the base, and behind them a zero
   * that belongs to none. Whoever writes it calls {@link #thetaChanged}.
   */
  public DeviceTensor theta() {
    return theta;
  }

  /** Where a parameter begins in {@link #theta}; that of the number of parameters is the end. */
  public long offset(int parameter) {
    return offsets[parameter];
  }

  /** Updates the copy that passes run on to the present theta. */
  public void thetaChanged() {
    if (compute == Compute.BF16) {
      copy.run(new DeviceTensor(trained), theta, 0L, trained.size()).close();
    }
  }

  /**
   * dL/dtheta in the order of {@link #theta}: the step's own tensor, or a copy of gradients that
   * lie in host memory. Valid as long as the gradients are.
   */
  public DeviceTensor gradients(Gradients gradients) {
    return switch (gradients.tensors()) {
      case FlatTensors tensors -> new DeviceTensor(tensors.flat());
      case HostTensors tensors -> new DeviceTensor(concatenated(tensors.inHostMemory()));
    };
  }

  /** A copy of the values on the device. */
  public DeviceTensor floats(float[] values) {
    return new DeviceTensor((PtNDArray) scope.create(values, new Shape(values.length)));
  }

  /** A copy of the values on the device. */
  public DeviceTensor ints(int[] values) {
    return new DeviceTensor((PtNDArray) scope.create(values, new Shape(values.length)));
  }

  /** Copies values into a tensor of their number. */
  public void write(float[] values, DeviceTensor into) {
    try (DeviceTensor there = floats(values)) {
      copy.run(into, there, 0L, (long) values.length).close();
    }
  }

  /** Zeros on the device. */
  public DeviceTensor zeros(int size) {
    return new DeviceTensor((PtNDArray) scope.zeros(new Shape(size)));
  }

  /** {@link TensorScript}, for tensors of this replica. */
  public TensorScript script(String arguments, String body) {
    return TensorScript.of(scope, arguments, body);
  }

  @Override
  public void close() {
    encoder.close();
    scope.close();
  }

  /**
   * A conversion by a script, since the library's own does not know bf16 and ends the process. It
   * runs in training mode, because tensors from inference mode cannot take part in a gradient.
   */
  private PtNDArray toBf16(PtNDArray fp32) {
    String body = "  return " + Compute.BF16.cast("values") + "\n";
    return TensorScript.of(scope, "values: Tensor", body).runForTraining(fp32);
  }

  /** One vector on the device: the parts in order, then a zero. */
  private PtNDArray concatenated(List<FloatBuffer> parts) {
    int size = parts.stream().mapToInt(FloatBuffer::capacity).reduce(1, Math::addExact);
    PtNDArray all = (PtNDArray) scope.zeros(new Shape(size));
    long at = 0;
    for (FloatBuffer part : parts) {
      long end = at + part.capacity();
      try (PtNDManager call = scope.newSubManager(Device.cpu())) {
        PtNDArray values =
            call.create(part.duplicate().clear(), new Shape(part.capacity()), DataType.FLOAT32);
        copy.run(new DeviceTensor(all), new DeviceTensor(values), at, end).close();
      }
      at = end;
    }
    return all;
  }

  private final class Values implements TransformerNetwork.Values {
    private final List<Parameter> parameters;

    Values(List<Parameter> parameters) {
      this.parameters = parameters;
    }

    @Override
    public PtNDArray served(int parameter) {
      return view(theta.tensor(), parameter);
    }

    /** A view detached from its history, so that it is a leaf of the step's graph. */
    @Override
    public PtNDArray trained(int parameter, PtNDManager step) {
      try (PtNDArray view = view(trained, parameter)) {
        PtNDArray leaf = JniUtils.detachGradient(view);
        leaf.attach(step);
        return leaf;
      }
    }

    private PtNDArray view(PtNDArray flat, int parameter) {
      long[] shape =
          parameters.get(parameter).shape().stream().mapToLong(Integer::longValue).toArray();
      try (PtNDArray part =
          JniUtils.slice(flat, 0, offsets[parameter], offsets[parameter + 1], 1)) {
        return part.reshape(new Shape(shape));
      }
    }

    @Override
    public Compute compute() {
      return compute;
    }

    @Override
    public ProductLibrary products() {
      return ProductLibrary.of(device);
    }

    @Override
    public int heldTensors() {
      return scope.getManagedArrays().size();
    }

    /** Does nothing: the replica closes its own memory. */
    @Override
    public void close() {}
  }
}
