package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GatewaySettingsTest {
  @Test
  void defaults() {
    assertThat(GatewaySettings.from(Settings.of(Map.of())))
        .isEqualTo(
            new GatewaySettings(
                "gateway",
                List.of("minilm"),
                new GatewaySettings.Listening("127.0.0.1", 8080, 8083, -1, true, Duration.ZERO),
                new GatewaySettings.Limits(256, 8 << 20, 1024, 128L << 20),
                100,
                new GatewaySettings.DiffChecks(256L << 20, TrustedKeys.NONE, 5),
                new GatewaySettings.Computing(
                    "auto", Runtime.getRuntime().availableProcessors(), "fp32", 256),
                new ResidencySettings(
                    Path.of(".diffstream", "cache", "gateway"),
                    4L << 30,
                    8,
                    2L << 30,
                    Set.of(),
                    256L << 20)));
  }

  @Test
  void everyKeyIsMapped() {
    Settings given =
        Settings.of(
            Map.ofEntries(
                Map.entry("diffstream.gateway.id", "g2"),
                Map.entry("diffstream.gateway.host", "0.0.0.0"),
                Map.entry("diffstream.gateway.port", "0"),
                Map.entry("diffstream.gateway.grpc-port", "-1"),
                Map.entry("diffstream.base", "/models/bert"),
                Map.entry("diffstream.gateway.max-texts", "7"),
                Map.entry("diffstream.gateway.max-request-bytes", "1MiB"),
                Map.entry("diffstream.gateway.queue-bound", "3"),
                Map.entry("diffstream.gateway.max-diff-bytes", "2MiB"),
                Map.entry("diffstream.gateway.management-port", "9000"),
                Map.entry("diffstream.gateway.drain-delay", "PT5S"),
                Map.entry("diffstream.gateway.waiting-bytes", "5MiB"),
                Map.entry("diffstream.gateway.metric-tasks", "5"),
                Map.entry("diffstream.gateway.device", "cpu"),
                Map.entry("diffstream.gateway.more-bases", "/models/other, minilm"),
                Map.entry("diffstream.gateway.compute", "bf16"),
                Map.entry("diffstream.gateway.topic", "false"),
                Map.entry("diffstream.gateway.max-fault-percent", "20"),
                Map.entry("diffstream.gateway.threads", "3"),
                Map.entry("diffstream.gateway.batch-tokens", "99"),
                Map.entry("diffstream.data-dir", "/data"),
                Map.entry("diffstream.gateway.cache-dir", "/cache"),
                Map.entry("diffstream.gateway.cache-bytes", "0"),
                Map.entry("diffstream.gateway.loaders", "2"),
                Map.entry("diffstream.gateway.resident-bytes", "1GiB"),
                Map.entry("diffstream.gateway.pinned", "a, b,"),
                Map.entry("diffstream.gateway.previous-bytes", "1MiB")));
    GatewaySettings settings = GatewaySettings.from(given);
    given.failOnUnknown();
    assertThat(settings)
        .isEqualTo(
            new GatewaySettings(
                "g2",
                List.of("/models/bert", "/models/other", "minilm"),
                new GatewaySettings.Listening("0.0.0.0", 0, -1, 9000, false, Duration.ofSeconds(5)),
                new GatewaySettings.Limits(7, 1 << 20, 3, 5L << 20),
                5,
                new GatewaySettings.DiffChecks(2L << 20, TrustedKeys.NONE, 20),
                new GatewaySettings.Computing("cpu", 3, "bf16", 99),
                new ResidencySettings(
                    Path.of("/cache"), 0, 2, 1L << 30, Set.of("a", "b"), 1 << 20)));
    assertThat(settings.computeDevice()).isEqualTo(ComputeDevice.cpu());
    assertThat(settings.compute(ComputeDevice.cpu())).isEqualTo(Compute.BF16);
  }

  /** Gateways with ids of their own do not share a directory by default. */
  @Test
  void theCacheLiesInTheDataDirectory() {
    Settings given =
        Settings.of(
            Map.of("diffstream.data-dir", "/data", "diffstream.gateway.id", "rack 1/gateway-2"));
    assertThat(GatewaySettings.from(given).residency().cacheDirectory())
        .isEqualTo(Path.of("/data/cache/rack_1_gateway-2"));
  }

  @ParameterizedTest
  @CsvSource({
    "diffstream.gateway.port, 70000",
    "diffstream.gateway.grpc-port, -2",
    "diffstream.gateway.grpc-port, off",
    "diffstream.gateway.management-port, -2",
    "diffstream.gateway.topic, perhaps",
    "diffstream.gateway.max-texts, 0",
    "diffstream.gateway.queue-bound, none",
    "diffstream.gateway.metric-tasks, all",
    "diffstream.gateway.threads, 0",
    "diffstream.gateway.batch-tokens, 0",
    "diffstream.gateway.max-diff-bytes, huge",
    "diffstream.gateway.cache-bytes, much",
    "diffstream.gateway.loaders, 0",
    "diffstream.gateway.previous-bytes, -1"
  })
  void badValuesAreNamed(String key, String value) {
    assertThatThrownBy(() -> GatewaySettings.from(Settings.of(Map.of(key, value))))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(value);
  }

  @Test
  void theComputeFormatIsOneOfTwoWords() {
    GatewaySettings other =
        GatewaySettings.from(Settings.of(Map.of("diffstream.gateway.compute", "int8")));
    assertThatThrownBy(() -> other.compute(ComputeDevice.cpu()))
        .hasMessage("diffstream.gateway.compute: expected fp32 or bf16, got: int8");
  }
}
