package dev.diffstream.base.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Devices by name, and the number formats that they compute in. */
final class ComputeDeviceTest {
  @ParameterizedTest
  @ValueSource(strings = {"gpu:99", "tpu", "gpu:", ""})
  void aDeviceThatDoesNotExistIsRefused(String name) {
    assertThatThrownBy(() -> ComputeDevice.of(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
  }

  @Test
  void autoTakesTheFirstGpuWhereThereIsOne() {
    assertThat(ComputeDevice.choose("auto", 2).name()).isEqualTo("gpu:0");
    assertThat(ComputeDevice.choose("gpu", 1).name()).isEqualTo("gpu:0");
    assertThat(ComputeDevice.choose("gpu:1", 2).name()).isEqualTo("gpu:1");
    assertThat(ComputeDevice.choose("auto", 0)).isEqualTo(ComputeDevice.cpu());
    assertThat(ComputeDevice.of("CPU")).isEqualTo(ComputeDevice.cpu());
    assertThatThrownBy(() -> ComputeDevice.choose("gpu:1", 1))
        .hasMessageContaining("gpu:1")
        .hasMessageContaining("[cpu, gpu:0]");
    assertThat(Compute.of("auto", ComputeDevice.choose("auto", 1))).isEqualTo(Compute.BF16);
    assertThat(Compute.of("auto", ComputeDevice.cpu())).isEqualTo(Compute.FP32);
    assertThatThrownBy(() -> Compute.of("fp8", ComputeDevice.cpu())).hasMessageContaining("fp8");
  }
}
