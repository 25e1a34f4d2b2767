package dev.diffstream.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import dev.diffstream.worker.data.DataLimits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkerSettingsTest {
  @Test
  void defaults() {
    WorkerSettings settings = WorkerSettings.from(Settings.of(Map.of()));
    assertThat(settings.host()).isEqualTo("127.0.0.1");
    assertThat(settings.port()).isEqualTo(8082);
    assertThat(settings.base()).isEqualTo("minilm");
    assertThat(settings.allowedDataPrefixes()).isEmpty();
    assertThat(settings.limits()).isEqualTo(DataLimits.DEFAULT);
    assertThat(settings.patience()).isEqualTo(Duration.ofMinutes(10));
    assertThat(settings.checkpointInterval()).isEqualTo(Duration.ofMinutes(5));
    assertThat(settings.trustedKeys()).isEqualTo(TrustedKeys.NONE);
    assertThat(settings.maxDensity()).isEqualTo(0.1);
    assertThat(settings.threads()).isEqualTo(Runtime.getRuntime().availableProcessors());
  }

  @Test
  void everyKeyIsMapped() {
    Settings given =
        Settings.of(
            Map.ofEntries(
                Map.entry("diffstream.worker.id", "w7"),
                Map.entry("diffstream.worker.host", "0.0.0.0"),
                Map.entry("diffstream.worker.port", "0"),
                Map.entry("diffstream.base", "/models/bert"),
                Map.entry("diffstream.worker.allowed-data-prefixes", "shared/, public/"),
                Map.entry("diffstream.worker.max-record-bytes", "2KiB"),
                Map.entry("diffstream.worker.max-data-bytes", "1MiB"),
                Map.entry("diffstream.worker.max-examples", "1000"),
                Map.entry("diffstream.worker.min-examples", "5"),
                Map.entry("diffstream.worker.patience", "3s"),
                Map.entry("diffstream.worker.checkpoint-interval", "0s"),
                Map.entry("diffstream.worker.threads", "3"),
                Map.entry("diffstream.worker.device", "cpu"),
                Map.entry("diffstream.worker.provisionals", "false"),
                Map.entry("diffstream.registry.max-density-percent", "5")));
    WorkerSettings settings = WorkerSettings.from(given);
    given.failOnUnknown();
    assertThat(settings)
        .isEqualTo(
            new WorkerSettings(
                "w7",
                "0.0.0.0",
                0,
                "/models/bert",
                List.of("shared/", "public/"),
                new DataLimits(2048, 1 << 20, 1000, 5),
                Duration.ofSeconds(3),
                Duration.ZERO,
                3,
                "cpu",
                false,
                null,
                TrustedKeys.NONE,
                0.05));
  }

  @Test
  void aDeviceThatIsNotThereIsNamed() {
    WorkerSettings settings =
        WorkerSettings.from(Settings.of(Map.of("diffstream.worker.device", "gpu:77")));
    assertThatThrownBy(settings::computeDevice)
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining("diffstream.worker.device")
        .hasMessageContaining("gpu:77");
    assertThat(
            WorkerSettings.from(Settings.of(Map.of("diffstream.worker.device", "cpu")))
                .computeDevice())
        .isEqualTo(ComputeDevice.cpu());
  }

  @ParameterizedTest
  @CsvSource({
    "diffstream.worker.port, 70000",
    "diffstream.worker.threads, 0",
    "diffstream.worker.patience, soon",
    "diffstream.worker.max-record-bytes, many",
    "diffstream.worker.min-examples, 2"
  })
  void badValuesAreNamed(String key, String value) {
    assertThatThrownBy(() -> WorkerSettings.from(Settings.of(Map.of(key, value))))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(value);
  }
}
