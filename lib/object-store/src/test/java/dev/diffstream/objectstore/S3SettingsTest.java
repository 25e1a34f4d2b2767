package dev.diffstream.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class S3SettingsTest {
  private static final Map<String, String> KEYS =
      Map.of("diffstream.s3.access-key", "access", "diffstream.s3.secret-key", "hunter22");

  @Test
  void defaults() {
    assertThat(S3Settings.from(Settings.of(KEYS)))
        .isEqualTo(
            new S3Settings(
                URI.create("http://127.0.0.1:9000"),
                "us-east-1",
                "diffstream",
                "access",
                "hunter22",
                Duration.ofSeconds(30)));
  }

  @Test
  void everyKeyIsRead() {
    Map<String, String> all = new HashMap<>(KEYS);
    all.put("diffstream.s3.endpoint", "https://store.example:9443");
    all.put("diffstream.s3.region", "eu-central-1");
    all.put("diffstream.s3.bucket", "other");
    all.put("diffstream.s3.timeout", "5s");
    Settings settings = Settings.of(all);
    assertThat(S3Settings.from(settings))
        .isEqualTo(
            new S3Settings(
                URI.create("https://store.example:9443"),
                "eu-central-1",
                "other",
                "access",
                "hunter22",
                Duration.ofSeconds(5)));
    settings.failOnUnknown();
    assertThat(settings.declared())
        .extracting(Settings.Declared::key)
        .hasSameElementsAs(all.keySet());
  }

  @ParameterizedTest
  @CsvSource({
    "endpoint,127.0.0.1:9000",
    "endpoint,ftp://127.0.0.1",
    "endpoint,http://host/path",
    "endpoint,http://a b",
    "bucket,ab",
    "bucket,Upper",
    "bucket,with_underscore",
    "timeout,10",
    "timeout,1ms",
    "timeout,2h"
  })
  void badValuesAreNamed(String name, String value) {
    Map<String, String> all = new HashMap<>(KEYS);
    all.put("diffstream.s3." + name, value);
    assertThatThrownBy(() -> S3Settings.from(Settings.of(all)))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining("diffstream.s3." + name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"diffstream.s3.access-key", "diffstream.s3.secret-key"})
  void keysAreRequired(String key) {
    Map<String, String> some = new HashMap<>(KEYS);
    some.remove(key);
    assertThatThrownBy(() -> S3Settings.from(Settings.of(some)))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining(key)
        .message()
        .doesNotContain("hunter22");
  }

  @Test
  void theSecretIsNotPrinted() {
    assertThat(S3Settings.from(Settings.of(KEYS)).toString()).doesNotContain("hunter22", "access");
  }
}
