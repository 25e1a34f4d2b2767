package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import java.util.Map;
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
                "127.0.0.1",
                8080,
                8083,
                "minilm",
                256,
                8 << 20,
                1024,
                256L << 20,
                TrustedKeys.NONE,
                new GatewaySettings.Computing(
                    "auto", Runtime.getRuntime().availableProcessors(), 512)));
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
                Map.entry("diffstream.gateway.device", "cpu"),
                Map.entry("diffstream.gateway.threads", "3"),
                Map.entry("diffstream.gateway.batch-tokens", "99")));
    GatewaySettings settings = GatewaySettings.from(given);
    given.failOnUnknown();
    assertThat(settings)
        .isEqualTo(
            new GatewaySettings(
                "g2",
                "0.0.0.0",
                0,
                -1,
                "/models/bert",
                7,
                1 << 20,
                3,
                2L << 20,
                TrustedKeys.NONE,
                new GatewaySettings.Computing("cpu", 3, 99)));
    assertThat(settings.computeDevice()).isEqualTo(ComputeDevice.cpu());
  }

  @ParameterizedTest
  @CsvSource({
    "diffstream.gateway.port, 70000",
    "diffstream.gateway.grpc-port, -2",
    "diffstream.gateway.grpc-port, off",
    "diffstream.gateway.max-texts, 0",
    "diffstream.gateway.queue-bound, none",
    "diffstream.gateway.threads, 0",
    "diffstream.gateway.batch-tokens, 0",
    "diffstream.gateway.max-diff-bytes, huge"
  })
  void badValuesAreNamed(String key, String value) {
    assertThatThrownBy(() -> GatewaySettings.from(Settings.of(Map.of(key, value))))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(value);
  }
}
