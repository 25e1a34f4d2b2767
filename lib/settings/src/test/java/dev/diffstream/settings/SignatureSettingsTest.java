package dev.diffstream.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignatureSettingsTest {
  @Test
  void nothingSetIsNothingSignedAndNothingChecked() {
    Settings settings = Settings.of(Map.of());
    assertThat(SignatureSettings.trustedKeys(settings)).isEqualTo(TrustedKeys.NONE);
    assertThat(SignatureSettings.signingKey(settings)).isNull();
    settings.failOnUnknown();
  }

  @Test
  void keysAreReadFromTheirFiles(@TempDir Path directory) throws IOException {
    SigningKey key = SigningKey.generate();
    SigningKey next = SigningKey.generate();
    Path secret = Files.writeString(directory.resolve("signing"), key.pem());
    Path keys = Files.createDirectory(directory.resolve("keys"));
    Files.writeString(keys.resolve("a.pem"), key.verificationKey().pem());
    Path one = Files.writeString(directory.resolve("one"), next.verificationKey().pem());
    Settings settings =
        Settings.of(
            Map.of(
                SignatureSettings.SIGNING_KEY,
                secret.toString(),
                SignatureSettings.VERIFICATION_KEYS,
                keys + " , " + one));
    assertThat(Objects.requireNonNull(SignatureSettings.signingKey(settings)).verificationKey())
        .isEqualTo(key.verificationKey());
    assertThat(SignatureSettings.trustedKeys(settings).keys())
        .containsExactly(key.verificationKey(), next.verificationKey());
  }

  @Test
  void whatIsWrongWithAFileStopsTheStart(@TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("bad.pem"), "no key");
    bad(file.toString(), "bad.pem", "not PEM");
    bad(directory.resolve("none").toString(), "none");
    Path secret = Files.writeString(directory.resolve("secret.pem"), SigningKey.generate().pem());
    assertThatThrownBy(
            () ->
                SignatureSettings.trustedKeys(
                    Settings.of(Map.of(SignatureSettings.VERIFICATION_KEYS, secret.toString()))))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining("found PRIVATE KEY");
    for (String none : new String[] {",", " , ,"}) {
      assertThatThrownBy(
              () ->
                  SignatureSettings.trustedKeys(
                      Settings.of(Map.of(SignatureSettings.VERIFICATION_KEYS, none))))
          .as("a list of nothing must not turn the check off")
          .isInstanceOf(BadSettingException.class);
    }
  }

  private static void bad(String path, String... says) {
    for (String key :
        new String[] {SignatureSettings.SIGNING_KEY, SignatureSettings.VERIFICATION_KEYS}) {
      Settings settings = Settings.of(Map.of(key, path));
      assertThatThrownBy(
              () -> {
                SignatureSettings.trustedKeys(settings);
                SignatureSettings.signingKey(settings);
              })
          .isInstanceOf(BadSettingException.class)
          .hasMessageContaining(key)
          .hasMessageContaining(Settings.environmentName(key))
          .hasMessageContainingAll(says);
    }
  }
}
