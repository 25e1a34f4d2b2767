package dev.diffstream.registry.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuotaSettingsTest {
  @Test
  void defaults() {
    assertThat(QuotaSettings.from(Settings.of(Map.of()))).isEqualTo(QuotaSettings.NONE);
  }

  @Test
  void everyKeyIsMapped() {
    Settings given =
        Settings.of(
            Map.of(
                "diffstream.registry.max-examples-per-owner", "1000",
                "diffstream.registry.examples-window", "168h",
                "diffstream.registry.max-diff-bytes-per-owner", "1GiB"));
    assertThat(QuotaSettings.from(given))
        .isEqualTo(new QuotaSettings(1_000, Duration.ofDays(7), 1L << 30));
    given.failOnUnknown();
  }

  @ParameterizedTest
  @CsvSource({
    "diffstream.registry.max-examples-per-owner, -1",
    "diffstream.registry.examples-window, PT0S",
    "diffstream.registry.examples-window, PT169H",
    "diffstream.registry.max-diff-bytes-per-owner, much"
  })
  void badValuesAreNamed(String key, String value) {
    assertThatThrownBy(() -> QuotaSettings.from(Settings.of(Map.of(key, value))))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(value);
  }
}
