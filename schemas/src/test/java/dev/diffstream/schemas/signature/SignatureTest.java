package dev.diffstream.schemas.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignatureTest {
  private static final String DIGEST = Fixture.DIGEST;

  @Test
  void whatIsSignedVerifies() {
    SigningKey key = SigningKey.generate();
    byte[] bundle = key.sign(DIGEST);
    TrustedKeys.verify(bundle, key.verificationKey(), DIGEST, "bundle");
    assertThat(key.sign(DIGEST)).as("ECDSA takes a random number").isNotEqualTo(bundle);
  }

  @ParameterizedTest
  @ValueSource(strings = {"python.sig", "python-sec1.sig", "java.sig"})
  void bundlesOfThePythonPackageAndOfEarlierVersionsVerify(String name) {
    TrustedKeys.verify(Fixture.bytes(name), Fixture.verificationKey(), DIGEST, name);
  }

  @ParameterizedTest
  @CsvSource({
    "refused-directory.sig, 'resources.name: expected ., found diff.safetensors'",
    "refused-two-files.sig, 'resources: expected an array of one'",
    "refused-shards.sig, 'method: expected files, found shards'",
    "refused-blake2.sig, 'hash_type: expected sha256, found blake2b'",
    "refused-p384.sig, 'expected a signature by key db8cadf872bf'",
  })
  void otherLayoutsHashesAndCurvesAreRefused(String name, String says) {
    refused(
        () -> TrustedKeys.verify(Fixture.bytes(name), Fixture.verificationKey(), DIGEST, name),
        name,
        says);
  }

  @Test
  void theStatementIsPinned() {
    assertThat(new String(Statement.write(DIGEST), UTF_8))
        .isEqualTo(
            "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"46418a0ccbb20736961c6c030b35b94cb5d2d3658d639bb8e8b298876fc0688f\","
                + "\"digest\":{\"sha256\":\"63f600c12aea16bcb57a900bf28c09f4db0aaf3b43f496cb84028b6748b283c0\"}}],"
                + "\"predicateType\":\"https://model_signing/signature/v1.0\",\"predicate\":{\"serialization\":{\"method\":\"files\","
                + "\"hash_type\":\"sha256\",\"allow_symlinks\":false},\"resources\":[{\"name\":\".\",\"algorithm\":\"sha256\","
                + "\"digest\":\"46418a0ccbb20736961c6c030b35b94cb5d2d3658d639bb8e8b298876fc0688f\"}]}}");
    assertThat(new String(Bundle.preAuthenticationEncoding("{ü}".getBytes(UTF_8)), UTF_8))
        .isEqualTo("DSSEv1 28 application/vnd.in-toto+json 4 {ü}");
  }

  @Test
  void anotherFileAndAnotherKeyAreRefused() {
    byte[] bundle = Fixture.bytes("python.sig");
    String other = Sha256.of("another file");
    refused(
        () -> TrustedKeys.verify(bundle, Fixture.verificationKey(), other, "bundle"),
        "expected " + other + ", found " + DIGEST);
    VerificationKey stranger = SigningKey.generate().verificationKey();
    refused(
        () -> TrustedKeys.verify(bundle, stranger, DIGEST, "bundle"),
        "expected a signature by key " + stranger.id());
    byte[] claimed =
        new String(bundle, UTF_8)
            .replace(Fixture.verificationKey().id(), stranger.id())
            .getBytes(UTF_8);
    refused(() -> TrustedKeys.verify(claimed, stranger, DIGEST, "bundle"), "does not verify");
  }

  @Test
  void anUnsignedDiffIsRefusedOnlyWhereAKeyIsTrusted() {
    TrustedKeys.NONE.check(
        DIGEST,
        (key, maxBytes) -> {
          throw new AssertionError("nothing is to be read without keys");
        });
    VerificationKey key = Fixture.verificationKey();
    refused(
        () -> new TrustedKeys(List.of(key)).check(DIGEST, (name, max) -> Optional.empty()),
        "diffs/sha256/" + DIGEST + " is not signed by a trusted key",
        ObjectKeys.signature(DIGEST, key.id()) + ": expected a signature",
        "found no object");
  }

  @Test
  void oneOfSeveralTrustedKeysIsEnough() {
    SigningKey old = SigningKey.generate();
    SigningKey now = SigningKey.generate();
    Map<String, byte[]> store = new HashMap<>();
    TrustedKeys both = new TrustedKeys(List.of(old.verificationKey(), now.verificationKey()));
    store.put(ObjectKeys.signature(DIGEST, now.verificationKey().id()), now.sign(DIGEST));
    both.check(DIGEST, (key, max) -> Optional.ofNullable(store.get(key)));
    store.put(ObjectKeys.signature(DIGEST, old.verificationKey().id()), new byte[] {1});
    both.check(DIGEST, (key, max) -> Optional.ofNullable(store.get(key)));
    TrustedKeys revoked = new TrustedKeys(List.of(old.verificationKey()));
    refused(
        () -> revoked.check(DIGEST, (key, max) -> Optional.ofNullable(store.get(key))), "not JSON");
    store.put(ObjectKeys.signature(DIGEST, old.verificationKey().id()), now.sign(DIGEST));
    refused(
        () -> revoked.check(DIGEST, (key, max) -> Optional.ofNullable(store.get(key))),
        "one by key " + now.verificationKey().id());
  }

  @Test
  void aStoreThatIsAwayIsNoVerdict() {
    TrustedKeys keys = new TrustedKeys(List.of(Fixture.verificationKey()));
    assertThatThrownBy(
            () ->
                keys.check(
                    DIGEST,
                    (key, max) -> {
                      throw new DiffstreamException(ErrorCode.OVERLOADED, "away");
                    }))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
  }

  @Test
  void anOversizeBundleIsRefusedUnread() {
    TrustedKeys keys = new TrustedKeys(List.of(Fixture.verificationKey()));
    refused(
        () ->
            keys.check(
                DIGEST,
                (key, max) -> {
                  assertThat(max).isEqualTo(64 << 10);
                  throw new DiffstreamException(ErrorCode.QUOTA_EXCEEDED, key + " is too large");
                }),
        "at most 65536 bytes");
    byte[] padded = java.util.Arrays.copyOf(Fixture.bytes("python.sig"), (64 << 10) + 1);
    java.util.Arrays.fill(padded, Fixture.bytes("python.sig").length, padded.length, (byte) ' ');
    refused(
        () -> TrustedKeys.verify(padded, Fixture.verificationKey(), DIGEST, "bundle"),
        "expected at most 65536 bytes, found 65537");
  }

  static void refused(ThrowingCallable call, String... says) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.SIGNATURE_INVALID);
              assertThat(e.reason()).contains(says);
            });
  }
}
