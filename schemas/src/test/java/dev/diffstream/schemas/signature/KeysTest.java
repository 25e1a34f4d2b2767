package dev.diffstream.schemas.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {
  @ParameterizedTest
  @ValueSource(strings = {"signing-key.pem", "signing-key.sec1.pem"})
  void whatOpensslWritesIsRead(String name) {
    SigningKey key = SigningKey.read(Fixture.text(name), name);
    assertThat(key.verificationKey()).isEqualTo(Fixture.verificationKey());
    assertThat(key.verificationKey().pem()).isEqualTo(Fixture.text("verification-key.pem"));
  }

  @Test
  void theIdIsTheDigestOfTheFile() {
    assertThat(Fixture.verificationKey().id())
        .isEqualTo(Sha256.of(Fixture.text("verification-key.pem")))
        .isEqualTo("db8cadf872bf74e3f59968b2c6d0d64da401ed03f057099994d0ebf4b47300d4");
  }

  @Test
  void aNewPairIsReadBack() {
    for (int i = 0; i < 50; i++) { // both signs of the second coordinate, short numbers
      SigningKey key = SigningKey.generate();
      SigningKey read = SigningKey.read(key.pem(), "a key");
      assertThat(read.verificationKey()).isEqualTo(key.verificationKey());
      assertThat(VerificationKey.read(key.verificationKey().pem(), "a key"))
          .containsExactly(key.verificationKey());
    }
  }

  @Test
  void noTextShowsThePrivateKey() {
    SigningKey key = Fixture.signingKey();
    String secret = key.pem().lines().skip(1).findFirst().orElseThrow();
    assertThat(key.toString()).contains(key.verificationKey().id()).doesNotContain(secret);
    String broken = key.pem().replace("-----END", "!\n-----END");
    assertThatThrownBy(() -> SigningKey.read(broken, "key.pem"))
        .hasMessageContaining("key.pem")
        .hasMessageNotContaining(secret.substring(0, 20));
  }

  @ParameterizedTest
  @CsvSource({
    "p384.pem, P-256",
    "encrypted.pem, encrypted",
    "encrypted-sec1.pem, encrypted",
    "verification-key.pem, found [PUBLIC KEY]",
    "diff.safetensors, not PEM",
  })
  void otherPrivateKeysAreRefused(String name, String says) {
    assertThatThrownBy(() -> SigningKey.read(Fixture.text(name), name))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(name)
        .hasMessageContaining(says);
  }

  @ParameterizedTest
  @CsvSource({
    "p384-public.pem, P-256",
    "k1-public.pem, P-256",
    "rsa-public.pem, P-256",
    "signing-key.pem, found PRIVATE KEY",
    "diff.safetensors, not PEM",
  })
  void otherPublicKeysAreRefused(String name, String says) {
    assertThatThrownBy(() -> VerificationKey.read(Fixture.text(name), name))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(name)
        .hasMessageContaining(says);
  }

  @Test
  void twoPrivateKeysAreTooMany() {
    String two = SigningKey.generate().pem() + SigningKey.generate().pem();
    assertThatThrownBy(() -> SigningKey.read(two, "two")).hasMessageContaining("expected one");
  }

  @Test
  void aPointOffTheCurveIsRefused() {
    byte[] der = Pem.read(Fixture.text("verification-key.pem"), "key").get(0).der();
    for (int at : new int[] {30, der.length - 1}) {
      byte[] bent = der.clone();
      bent[at] ^= 1;
      assertThatThrownBy(() -> VerificationKey.read(Pem.write("PUBLIC KEY", bent), "bent"))
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("P-256");
    }
  }

  @Test
  void filesAndDirectoriesOfKeys(@TempDir Path directory) throws IOException {
    VerificationKey first = SigningKey.generate().verificationKey();
    VerificationKey second = SigningKey.generate().verificationKey();
    VerificationKey third = Fixture.verificationKey();
    Path both = write(directory.resolve("both.txt"), first.pem() + second.pem());
    Path folder = Files.createDirectory(directory.resolve("keys"));
    write(folder.resolve("a.pem"), third.pem());
    write(folder.resolve("b.pem"), first.pem());
    write(folder.resolve("notes.txt"), "not a key");
    assertThat(KeyFiles.trustedKeys(List.of(folder)).keys()).containsExactly(third, first);
    assertThat(KeyFiles.trustedKeys(List.of(both, folder)).keys())
        .containsExactly(first, second, third);
  }

  @Test
  void privateKeysInADirectoryAreNoneToTrust(@TempDir Path directory) throws IOException {
    Path keys = directory.resolve("keys");
    SigningKey made = KeyFiles.createPair(keys);
    write(keys.resolve("sec1.pem"), "-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC …");
    write(keys.resolve("locked.pem"), "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END …");
    assertThat(KeyFiles.trustedKeys(List.of(keys)).keys()).containsExactly(made.verificationKey());

    Path secret = keys.resolve(KeyFiles.SIGNING_KEY);
    assertThatThrownBy(() -> KeyFiles.trustedKeys(List.of(secret)))
        .hasMessageContaining("expected only PUBLIC KEY");
    Path mixed = write(keys.resolve("mixed.pem"), made.pem() + made.verificationKey().pem());
    assertThatThrownBy(() -> KeyFiles.trustedKeys(List.of(keys)))
        .hasMessageContaining("mixed.pem: expected only PUBLIC KEY");
    Files.delete(mixed);
    Files.delete(keys.resolve(KeyFiles.VERIFICATION_KEY));
    assertThatThrownBy(() -> KeyFiles.trustedKeys(List.of(keys)))
        .hasMessageContaining("found only private ones");
  }

  @Test
  void aPairIsMadeOnceAndItsSecretIsItsOwners(@TempDir Path directory) throws IOException {
    Path keys = directory.resolve("new/keys");
    SigningKey made = KeyFiles.createPair(keys);
    Path secret = keys.resolve(KeyFiles.SIGNING_KEY);
    assertThat(KeyFiles.signingKey(secret).verificationKey()).isEqualTo(made.verificationKey());
    assertThat(KeyFiles.trustedKeys(List.of(keys.resolve(KeyFiles.VERIFICATION_KEY))).keys())
        .containsExactly(made.verificationKey());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
        .isEqualTo("rw-------");
    assertThatThrownBy(() -> KeyFiles.createPair(keys)).hasMessageContaining("there already");
    assertThat(Files.readString(secret)).isEqualTo(made.pem());
  }

  @Test
  void missingAndEmptyFilesAreNamed(@TempDir Path directory) throws IOException {
    Path none = directory.resolve("none.pem");
    assertThatThrownBy(() -> KeyFiles.signingKey(none)).hasMessageContaining("none.pem");
    assertThatThrownBy(() -> KeyFiles.trustedKeys(List.of(none))).hasMessageContaining("none.pem");
    assertThatThrownBy(() -> KeyFiles.trustedKeys(List.of(directory)))
        .hasMessageContaining("*.pem");
    write(directory.resolve("empty.pem"), "");
    assertThatThrownBy(() -> KeyFiles.trustedKeys(List.of(directory)))
        .hasMessageContaining("empty.pem")
        .hasMessageContaining("not PEM");
  }

  private static Path write(Path file, String text) throws IOException {
    return Files.write(file, text.getBytes(StandardCharsets.US_ASCII));
  }
}
