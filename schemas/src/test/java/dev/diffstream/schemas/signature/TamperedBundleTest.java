package dev.diffstream.schemas.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing that somebody does to a bundle gives anything but SIGNATURE_INVALID. */
class TamperedBundleTest {
  private static final SigningKey KEY = Fixture.signingKey();
  private static final int ROUNDS = 2_000;

  static Stream<byte[]> bundles() {
    return Stream.of(Fixture.bytes("python.sig"), Fixture.bytes("java.sig"));
  }

  @ParameterizedTest
  @MethodSource("bundles")
  void truncatedAtEveryByte(byte[] bundle) {
    for (int length = 0; length < bundle.length; length++) {
      refused(Arrays.copyOf(bundle, length), "the first " + length + " bytes");
    }
  }

  @ParameterizedTest
  @MethodSource("bundles")
  void everySingleBitFlipped(byte[] bundle) {
    for (int bit = 0; bit < bundle.length * 8; bit++) {
      byte[] bent = bundle.clone();
      bent[bit / 8] ^= (byte) (1 << (bit % 8));
      refused(bent, "bit " + bit);
    }
  }

  @ParameterizedTest
  @MethodSource("bundles")
  void randomDamage(byte[] bundle) {
    long seed = new Random().nextLong();
    System.out.println("TamperedBundleTest seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bent = bundle.clone();
      for (int i = random.nextInt(1, 9); i > 0; i--) {
        bent[random.nextInt(bent.length)] = (byte) random.nextInt(256);
      }
      if (!Arrays.equals(bent, bundle)) {
        refused(bent, "seed " + seed + " round " + round);
      }
    }
  }

  /** Path of a field, and what stands there instead. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/mediaType \"application/vnd.dev.sigstore.bundle.v0.2+json\"",
        "/mediaType null",
        "/verificationMaterial null",
        "/verificationMaterial/publicKey null",
        "/verificationMaterial/publicKey/hint \"\"",
        "/verificationMaterial/publicKey/hint 7",
        "/verificationMaterial/publicKey/rawBytes \"AA==\"",
        "/verificationMaterial/tlogEntries [{}]",
        "/verificationMaterial/certificate {\"rawBytes\":\"AA==\"}",
        "/messageSignature {}",
        "/dsseEnvelope []",
        "/dsseEnvelope/payload \"e30=\"",
        "/dsseEnvelope/payload \"!\"",
        "/dsseEnvelope/payload \"\"",
        "/dsseEnvelope/payloadType \"application/json\"",
        "/dsseEnvelope/signatures []",
        "/dsseEnvelope/signatures [{},{}]",
        "/dsseEnvelope/signatures/0/sig \"AA==\"",
        "/dsseEnvelope/signatures/0/sig \"MAYCAQACAQA=\"",
        "/dsseEnvelope/signatures/0/sig null",
        "/dsseEnvelope/signatures/0/keyid \"somebody\"",
      })
  void everyFieldOfTheBundleCounts(String change) {
    for (String name : new String[] {"python.sig", "java.sig"}) {
      refused(Json.write(changed(Fixture.bytes(name), change)), name + " " + change);
    }
  }

  /** The same in a statement that the key has signed: well signed, and yet not about this file. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/_type \"https://in-toto.io/Statement/v0.1\"",
        "/_type null",
        "/predicateType \"https://model_signing/Digests/v0.1\"",
        "/predicateType \"https://slsa.dev/provenance/v1\"",
        "/predicateType null",
        "/subject []",
        "/subject [{},{}]",
        "/subject null",
        "/subject/0/name null",
        "/subject/0/digest null",
        "/subject/0/digest/sha256 null",
        "/subject/0/digest/sha256 \"46418a0ccbb20736961c6c030b35b94cb5d2d3658d639bb8e8b298876fc0688f\"",
        "/predicate null",
        "/predicate/serialization null",
        "/predicate/serialization/method \"shards\"",
        "/predicate/serialization/hash_type \"blake3\"",
        "/predicate/serialization/allow_symlinks \"false\"",
        "/predicate/serialization/allow_symlinks null",
        "/predicate/resources []",
        "/predicate/resources [{},{}]",
        "/predicate/resources/0/name \"diff\"",
        "/predicate/resources/0/algorithm \"sha512\"",
        "/predicate/resources/0/digest \"0000000000000000000000000000000000000000000000000000000000000000\"",
        "/predicate/resources/0/digest \"46418A0CCBB20736961C6C030B35B94CB5D2D3658D639BB8E8B298876FC0688F\"",
        "/predicate/resources/0/digest null",
      })
  void everyFieldOfTheStatementCounts(String change) {
    byte[] statement = Json.write(changed(Statement.write(Fixture.DIGEST), change));
    refused(KEY.bundle(statement).write(), change);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "7", "[]", "{", "{}", "{\"_type\":1,\"_type\":2}", "{} {}"})
  void signedNonsenseIsRefused(String statement) {
    refused(KEY.bundle(statement.getBytes(UTF_8)).write(), statement);
  }

  @Test
  void whatTheSpecificationTellsToIgnoreIsIgnored() {
    byte[] more =
        Json.write(changed(Statement.write(Fixture.DIGEST), "/predicate/modelCard {\"a\":[1]}"));
    accepted(KEY.bundle(more).write());
    accepted(
        Json.write(
            changed(
                Fixture.bytes("python.sig"),
                "/dsseEnvelope/signatures/0/keyid \"" + KEY.verificationKey().id() + "\"")));
    accepted(new String(Fixture.bytes("python.sig"), UTF_8).replace(",", " ,\n").getBytes(UTF_8));
  }

  @Test
  void theSignatureIsOverThePayloadTypeToo() {
    byte[] statement = Statement.write(Fixture.DIGEST);
    Bundle signed = KEY.bundle(statement);
    byte[] longer = Arrays.copyOf(statement, statement.length + 1);
    longer[statement.length] = ' ';
    refused(new Bundle(signed.keyId(), longer, signed.signature()).write(), "a space more");
  }

  @Test
  void zeroAndOutOfRangeNumbersAreNoSignature() {
    String order = "00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    for (String number : new String[] {"020100", "0221" + order, "020101"}) {
      byte[] der = HexFormat.of().parseHex(number + number);
      byte[] sig = new byte[der.length + 2];
      sig[0] = 0x30;
      sig[1] = (byte) der.length;
      System.arraycopy(der, 0, sig, 2, der.length);
      String change =
          "/dsseEnvelope/signatures/0/sig \"" + Base64.getEncoder().encodeToString(sig) + "\"";
      refused(Json.write(changed(Fixture.bytes("python.sig"), change)), change);
    }
  }

  @Test
  void controlCharactersDoNotReachTheMessage() {
    ObjectNode bundle = (ObjectNode) Json.parse(Fixture.bytes("python.sig"), "bundle");
    bundle.set("mediaType", TextNode.valueOf("a\nb\u001b[31m" + "x".repeat(10_000)));
    DiffstreamException e = (DiffstreamException) verdict(Json.write(bundle));
    assertThat(e.reason()).hasSizeLessThan(600).matches("[\\x20-\\x7e]+").contains("a?b?[31m");
  }

  private static JsonNode changed(byte[] json, String change) {
    String path = change.substring(0, change.indexOf(' '));
    String value = change.substring(path.length() + 1);
    JsonNode root = Json.parse(json, "fixture");
    int slash = path.lastIndexOf('/');
    ObjectNode parent = (ObjectNode) root.at(path.substring(0, slash));
    String name = path.substring(slash + 1);
    if (value.equals("null")) {
      assertThat(parent.remove(name)).as(change).isNotNull();
    } else {
      parent.set(name, Json.parse(value.getBytes(UTF_8), change));
    }
    return root;
  }

  private static Throwable verdict(byte[] bundle) {
    return catchThrowable(
        () -> TrustedKeys.verify(bundle, Fixture.verificationKey(), Fixture.DIGEST, "the bundle"));
  }

  private static void accepted(byte[] bundle) {
    assertThat(verdict(bundle)).isNull();
  }

  private static void refused(byte[] bundle, String as) {
    assertThat(verdict(bundle))
        .as(as)
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.SIGNATURE_INVALID));
  }
}
