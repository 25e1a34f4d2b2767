package dev.diffstream.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KafkaSettingsTest {
  @Test
  void defaults() {
    assertThat(KafkaSettings.from(Settings.of(Map.of())))
        .isEqualTo(KafkaSettings.at("127.0.0.1:9092"));
  }

  @Test
  void everyKeyIsMapped() {
    Settings given =
        Settings.of(
            Map.of(
                "diffstream.kafka.bootstrap-servers", "a:1,b:2",
                "diffstream.kafka.lock-duration", "45s",
                "diffstream.kafka.delivery-limit", "3",
                "diffstream.kafka.replication-factor", "2",
                "diffstream.kafka.timeout", "7s"));
    KafkaSettings settings = KafkaSettings.from(given);
    given.failOnUnknown();
    assertThat(settings)
        .isEqualTo(
            new KafkaSettings("a:1,b:2", Duration.ofSeconds(45), 3, 2, Duration.ofSeconds(7)));
  }

  @ParameterizedTest
  @CsvSource({
    "diffstream.kafka.lock-duration, soon",
    "diffstream.kafka.delivery-limit, 1",
    "diffstream.kafka.replication-factor, 0",
    "diffstream.kafka.timeout, -1s"
  })
  void badValuesAreNamed(String key, String value) {
    assertThatThrownBy(() -> KafkaSettings.from(Settings.of(Map.of(key, value))))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(value);
  }
}
