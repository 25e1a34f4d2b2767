package dev.diffstream.schemas.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code v1/provenance/envelope.json}: the golden statement, signed by the key of the tests. */
class SignedStatementTest {
  private static final SigningKey KEY = Fixture.signingKey();

  @Test
  void theGoldenEnvelopeIsOfTheGoldenStatement() throws IOException {
    byte[] statement = golden("statement.json");
    if (Boolean.getBoolean("goldens.write")) {
      Files.write(
          Path.of("src/test/resources/v1/provenance/envelope.json"),
          SignedStatement.sign(statement, KEY));
    }
    byte[] envelope = golden("envelope.json");
    SignedStatement signed = SignedStatement.parse(envelope, "envelope");
    assertThat(signed.statement()).isEqualTo(statement);
    assertThat(signed.isSignedBy(Fixture.verificationKey())).isTrue();
    assertThat(signed.write()).as("byte for byte").isEqualTo(envelope);
    assertThat(SignedStatement.isEnvelope(Json.parse(envelope, "envelope"))).isTrue();
    assertThat(SignedStatement.isEnvelope(Json.parse(statement, "statement"))).isFalse();
  }

  @Test
  void aStrangersKeyDidNotSignIt() {
    SignedStatement signed =
        SignedStatement.parse(SignedStatement.sign("{}".getBytes(UTF_8), KEY), "envelope");
    assertThat(signed.isSignedBy(KEY.verificationKey())).isTrue();
    assertThat(signed.isSignedBy(SigningKey.generate().verificationKey())).isFalse();
  }

  @Test
  void everySingleByteThatChangesIsNoticed() throws IOException {
    byte[] envelope = golden("envelope.json");
    for (int at = 0; at < envelope.length; at++) {
      byte[] bent = envelope.clone();
      bent[at] ^= 1;
      assertThat(isGood(bent)).as("byte %d", at).isFalse();
    }
    for (int length = 0; length < envelope.length; length++) {
      assertThat(isGood(Arrays.copyOf(envelope, length))).as("the first %d", length).isFalse();
    }
  }

  /** What is found, and what stands there instead. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "application/vnd.in-toto+json | application/json",
        "\"keyid\":\"\" | \"keyid\":\"\",\"more\":1",
        "\"signatures\":[ | \"signatures\":[{\"sig\":\"AA==\",\"keyid\":\"\"},",
        "\"payload\": | \"more\":1,\"payload\":",
        "\"payload\":\" | \"payload\":\"=",
      })
  void whatIsNoSuchEnvelopeIsInvalid(String found, String instead) throws IOException {
    String text = new String(golden("envelope.json"), UTF_8);
    String broken = text.replace(found.strip(), instead.strip());
    assertThat(broken).isNotEqualTo(text);
    assertThatThrownBy(() -> SignedStatement.parse(broken.getBytes(UTF_8), "the object"))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.SIGNATURE_INVALID))
        .hasMessageContaining("the object");
  }

  private static boolean isGood(byte[] envelope) {
    try {
      return SignedStatement.parse(envelope, "envelope").isSignedBy(Fixture.verificationKey());
    } catch (DiffstreamException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.SIGNATURE_INVALID);
      return false;
    }
  }

  private static byte[] golden(String name) throws IOException {
    try (InputStream in = SignedStatementTest.class.getResourceAsStream("/v1/provenance/" + name)) {
      assertThat(in).as(name).isNotNull();
      return in.readAllBytes();
    }
  }
}
