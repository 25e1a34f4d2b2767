package dev.diffstream.base.engine;

import ai.djl.Device;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/** Where tensors are computed: the processor, or one of the GPUs that the engine sees. */
public final class ComputeDevice {
  private static final ComputeDevice CPU = new ComputeDevice(Device.cpu());

  private final Device device;

  private ComputeDevice(Device device) {
    this.device = device;
  }

  /** The processor. */
  public static ComputeDevice cpu() {
    return CPU;
  }

  /**
   * The device of a name. It starts the engine unless the name is {@code cpu}.
   *
   * @param wanted {@code auto} for the first GPU and, where there is none, the processor; {@code
   *     cpu}; {@code gpu} for the first GPU; {@code gpu:N} for the one of this index
   * @throws IllegalArgumentException if it is no such name, or the engine does not see this GPU
   */
  public static ComputeDevice of(String wanted) {
    String name = wanted.strip().toLowerCase(Locale.ROOT);
    if (name.equals("cpu")) {
      return CPU;
    }
    if (!name.matches("auto|gpu(:[0-9]{1,3})?")) {
      throw new IllegalArgumentException(
          "a device is auto, cpu, gpu or gpu:N, got: %s".formatted(wanted));
    }
    return choose(name, TensorEngine.gpus());
  }

  /**
   * @param name {@code auto}, {@code gpu} or {@code gpu:N}
   * @param gpus that there are
   */
  static ComputeDevice choose(String name, int gpus) {
    int index = name.startsWith("gpu:") ? Integer.parseInt(name.substring(4)) : 0;
    if (index < gpus) {
      return new ComputeDevice(Device.gpu(index));
    }
    if (name.equals("auto")) {
      return CPU;
    }
    List<String> seen =
        Stream.concat(
                Stream.of("cpu"), Stream.iterate(0, i -> i + 1).limit(gpus).map(i -> "gpu:" + i))
            .toList();
    throw new IllegalArgumentException(
        "device %s was asked for, but the engine sees %s only; a GPU needs the CUDA build of the engine"
            .formatted(name, seen));
  }

  /** {@code cpu} or {@code gpu:N}. */
  public String name() {
    return device.isGpu() ? "gpu:" + device.getDeviceId() : "cpu";
  }

  public boolean isGpu() {
    return device.isGpu();
  }

  Device engineDevice() {
    return device;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ComputeDevice that && device.equals(that.device);
  }

  @Override
  public int hashCode() {
    return Objects.hash(device);
  }

  @Override
  public String toString() {
    return name();
  }
}
