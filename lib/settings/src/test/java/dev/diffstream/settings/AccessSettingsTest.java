package dev.diffstream.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.settings.AccessSettings.Source;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccessSettingsTest {
  private static final String HOST = "diffstream.registry.host";

  private static AccessSettings read(String host, Map<String, String> values) {
    return AccessSettings.from(Settings.of(values), HOST, host);
  }

  @Test
  void withoutKeysAServiceIsOnLoopbackAlone() {
    for (String host : new String[] {"127.0.0.1", "127.0.0.9", "::1", "localhost"}) {
      assertThat(read(host, Map.of()).isOn()).as(host).isFalse();
    }
    for (String host : new String[] {"0.0.0.0", "::", "10.1.2.3"}) {
      assertThatThrownBy(() -> read(host, Map.of()))
          .isInstanceOf(BadSettingException.class)
          .hasMessageContaining("DIFFSTREAM_REGISTRY_HOST")
          .hasMessageContaining("DIFFSTREAM_ACCESS_KEYS=bucket")
          .hasMessageContaining("DIFFSTREAM_ALLOW_UNAUTHENTICATED_NETWORK_ACCESS=true");
    }
  }

  @Test
  void withKeysOrAPromiseItIsAnywhere() {
    AccessSettings bucket = read("0.0.0.0", Map.of("diffstream.access.keys", "bucket"));
    assertThat(bucket).isEqualTo(new AccessSettings(new Source.Bucket(), Duration.ofMillis(500)));
    AccessSettings file =
        read(
            "0.0.0.0",
            Map.of("diffstream.access.keys", "/run/keys.json", "diffstream.access.poll", "2s"));
    assertThat(file)
        .isEqualTo(
            new AccessSettings(
                new Source.KeysFile(Path.of("/run/keys.json")), Duration.ofSeconds(2)));
    AccessSettings allowed =
        read("0.0.0.0", Map.of("diffstream.allow-unauthenticated-network-access", "true"));
    assertThat(allowed.isOn()).isFalse();
  }

  @Test
  void badValuesAreNamed() {
    assertThatThrownBy(() -> read("127.0.0.1", Map.of("diffstream.access.poll", "0s")))
        .hasMessageContaining("diffstream.access.poll");
    assertThatThrownBy(
            () ->
                read(
                    "127.0.0.1",
                    Map.of("diffstream.allow-unauthenticated-network-access", "perhaps")))
        .hasMessageContaining("perhaps");
  }
}
