package dev.diffstream.schemas.signature;

import dev.diffstream.schemas.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The files under {@code v1/signature}. */
final class Fixture {
  /** Of the file that all bundles there sign. */
  static final String DIGEST = Sha256.of(bytes("diff.safetensors"));

  private Fixture() {}

  static byte[] bytes(String name) {
    try (InputStream in =
        Objects.requireNonNull(Fixture.class.getResourceAsStream("/v1/signature/" + name), name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static String text(String name) {
    return new String(bytes(name), StandardCharsets.US_ASCII);
  }

  static SigningKey signingKey() {
    return SigningKey.read(text("signing-key.pem"), "signing-key.pem");
  }

  static VerificationKey verificationKey() {
    return VerificationKey.read(text("verification-key.pem"), "verification-key.pem").get(0);
  }
}
