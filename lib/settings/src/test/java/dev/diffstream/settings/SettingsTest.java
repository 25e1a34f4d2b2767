package dev.diffstream.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsTest {
  private static final String KEY = "diffstream.kafka.bootstrap-servers";

  @Test
  void environmentNamesReplaceDotsAndDashes() {
    assertThat(Settings.environmentName(KEY)).isEqualTo("DIFFSTREAM_KAFKA_BOOTSTRAP_SERVERS");
  }

  @Test
  void aSystemPropertyWinsOverTheEnvironmentAndBothOverTheDefault() {
    Map<String, String> environment = Map.of("DIFFSTREAM_KAFKA_BOOTSTRAP_SERVERS", "environment:1");
    Properties properties = new Properties();
    assertThat(Settings.from(properties, Map.of()).text(KEY, "default:1", "doc"))
        .isEqualTo("default:1");
    assertThat(Settings.from(properties, environment).text(KEY, "default:1", "doc"))
        .isEqualTo("environment:1");
    properties.setProperty(KEY, " property:1 ");
    assertThat(Settings.from(properties, environment).text(KEY, "default:1", "doc"))
        .isEqualTo("property:1");
  }

  @Test
  void anEmptyValueIsNotSet() {
    Settings settings = Settings.of(Map.of("diffstream.a", " "));
    assertThat(settings.optionalText("diffstream.a", "doc")).isNull();
    assertThat(settings.integer("diffstream.a", 7, 1, 9, "doc")).isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource({"500ms,PT0.5S", "10s,PT10S", "2m,PT2M", "1h,PT1H", "PT1M30S,PT1M30S", "0s,PT0S"})
  void readsDurations(String text, Duration expected) {
    Settings settings = Settings.of(Map.of("diffstream.d", text));
    assertThat(settings.duration("diffstream.d", Duration.ofDays(1), "doc")).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10", "ten", "-1s", "PT-1S", "P", "1y", "999999999999999999d"})
  void refusesOtherDurations(String text) {
    Settings settings = Settings.of(Map.of("diffstream.d", text));
    assertThatThrownBy(() -> settings.duration("diffstream.d", Duration.ZERO, "doc"))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContainingAll("diffstream.d", "DIFFSTREAM_D", text, "500ms");
  }

  @ParameterizedTest
  @CsvSource({"1,1", "64MiB,67108864", "2 KiB,2048", "1gib,1073741824", "3MB,3000000"})
  void readsSizes(String text, long expected) {
    Settings settings = Settings.of(Map.of("diffstream.b", text));
    assertThat(settings.bytes("diffstream.b", "1KiB", "doc")).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1.5MiB", "MiB", "1 parsec", "999999999TiB"})
  void refusesOtherSizes(String text) {
    Settings settings = Settings.of(Map.of("diffstream.b", text));
    assertThatThrownBy(() -> settings.bytes("diffstream.b", "1KiB", "doc"))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContainingAll("diffstream.b", text, "64MiB");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "10", "x", "1.0", "99999999999"})
  void refusesIntegersOutsideTheirRange(String text) {
    Settings settings = Settings.of(Map.of("diffstream.i", text));
    assertThatThrownBy(() -> settings.integer("diffstream.i", 5, 1, 9, "doc"))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContainingAll("diffstream.i", text, "from 1 to 9");
  }

  @Test
  void readsFlagsStrictly() {
    Settings settings = Settings.of(Map.of("diffstream.f", "TRUE", "diffstream.g", "yes"));
    assertThat(settings.flag("diffstream.f", false, "doc")).isTrue();
    assertThat(settings.flag("diffstream.h", true, "doc")).isTrue();
    assertThatThrownBy(() -> settings.flag("diffstream.g", false, "doc"))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining("true or false");
  }

  @Test
  void secretsAreInNoHelpAndNoMessage() {
    Settings settings = Settings.of(Map.of("diffstream.s", "hunter2"));
    assertThat(settings.secret("diffstream.s", "swordfish", "doc")).isEqualTo("hunter2");
    assertThat(settings.declared().toString()).doesNotContain("hunter2", "swordfish");
    assertThatThrownBy(() -> settings.secret("diffstream.t", null, "what signs requests"))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContainingAll("diffstream.t", "DIFFSTREAM_T", "what signs requests");
  }

  @Test
  void declaredListsWhatWasReadInOrder() {
    Settings settings = Settings.of(Map.of());
    settings.duration("diffstream.z", Duration.ofMillis(1500), "how long");
    settings.text("diffstream.a", "x", "what");
    settings.text("diffstream.a", "x", "what");
    assertThat(settings.declared())
        .containsExactly(
            new Settings.Declared("diffstream.z", "DIFFSTREAM_Z", "1500ms", "how long"),
            new Settings.Declared("diffstream.a", "DIFFSTREAM_A", "x", "what"));
  }

  @Test
  void unknownKeysAreNamedWhereverTheyAreGiven() {
    Properties properties = new Properties();
    properties.setProperty("diffstream.tpyo", "1");
    properties.setProperty("diffstream.known-key", "1");
    properties.setProperty("other.key", "1");
    Settings settings =
        Settings.from(
            properties,
            Map.of("DIFFSTREAM_KNWON", "1", "DIFFSTREAM_KNOWN_KEY", "1", "PATH", "/bin"));
    settings.text("diffstream.known-key", "", "doc");
    assertThatThrownBy(settings::failOnUnknown)
        .isInstanceOf(BadSettingException.class)
        .hasMessageContainingAll("diffstream.tpyo", "DIFFSTREAM_KNWON")
        .message()
        .doesNotContain("PATH", "other.key", "KNOWN_KEY");
  }

  @Test
  void ignoredKeysCoverThoseBelowThem() {
    Settings settings =
        Settings.from(
            new Properties(), Map.of("DIFFSTREAM_HOME", "/opt", "DIFFSTREAM_BASE_THREADS", "2"));
    assertThatCode(() -> settings.failOnUnknown(List.of("diffstream.home", "diffstream.base")))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> settings.failOnUnknown(List.of("diffstream.home")))
        .hasMessageContaining("DIFFSTREAM_BASE_THREADS");
  }

  @Test
  void keysHaveThePrefix() {
    assertThatThrownBy(() -> Settings.of(Map.of()).text("kafka.servers", "x", "doc"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
