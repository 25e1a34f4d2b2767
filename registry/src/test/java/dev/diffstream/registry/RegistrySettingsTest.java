package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.registry.admission.AdmissionSettings;
import dev.diffstream.registry.console.ConsoleMode;
import dev.diffstream.registry.openlineage.OpenLineageSettings;
import dev.diffstream.registry.promotion.PromotionSettings;
import dev.diffstream.registry.quota.QuotaSettings;
import dev.diffstream.registry.webhook.WebhookSettings;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistrySettingsTest {
  @Test
  void defaults() {
    assertThat(RegistrySettings.from(Settings.of(Map.of())))
        .isEqualTo(
            new RegistrySettings(
                "registry",
                "127.0.0.1",
                8081,
                256L << 20,
                0.1,
                Duration.ofHours(24),
                TrustedKeys.NONE,
                AdmissionSettings.DEFAULT,
                QuotaSettings.NONE,
                PromotionSettings.DEFAULT,
                ConsoleMode.withoutGateway(false),
                WebhookSettings.NONE,
                OpenLineageSettings.NONE));
  }

  @Test
  void everyKeyIsMapped() {
    Settings given =
        Settings.of(
            Map.ofEntries(
                Map.entry("diffstream.registry.id", "r2"),
                Map.entry("diffstream.registry.host", "0.0.0.0"),
                Map.entry("diffstream.registry.port", "0"),
                Map.entry("diffstream.registry.max-diff-bytes", "1MiB"),
                Map.entry("diffstream.registry.max-density-percent", "5"),
                Map.entry("diffstream.registry.remove-after", "5m"),
                Map.entry("diffstream.registry.console-read-only", "true"),
                Map.entry("diffstream.registry.gateway-url", "http://gateway:8080"),
                Map.entry("diffstream.registry.openlineage-url", "https://marquez:5000"),
                Map.entry("diffstream.registry.openlineage-api-key", "hush"),
                Map.entry("diffstream.registry.openlineage-namespace", "team")));
    RegistrySettings settings = RegistrySettings.from(given);
    given.failOnUnknown();
    assertThat(settings)
        .isEqualTo(
            new RegistrySettings(
                "r2",
                "0.0.0.0",
                0,
                1L << 20,
                0.05,
                Duration.ofMinutes(5),
                TrustedKeys.NONE,
                AdmissionSettings.DEFAULT,
                QuotaSettings.NONE,
                PromotionSettings.DEFAULT,
                new ConsoleMode(true, URI.create("http://gateway:8080")),
                WebhookSettings.NONE,
                new OpenLineageSettings(URI.create("https://marquez:5000"), "hush", "team")));
    assertThat(settings.toString()).doesNotContain("hush");
  }

  @ParameterizedTest
  @CsvSource({
    "diffstream.registry.port, -1",
    "diffstream.registry.max-diff-bytes, lots",
    "diffstream.registry.openlineage-url, marquez:5000",
    "diffstream.registry.max-density-percent, 0"
  })
  void badValuesAreNamed(String key, String value) {
    assertThatThrownBy(() -> RegistrySettings.from(Settings.of(Map.of(key, value))))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(value);
  }
}
