package dev.diffstream.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class StoredDiffsTest {
  private static final byte[] BYTES = {1, 2, 3};
  private static final String DIGEST = Sha256.of(BYTES);

  private final MemoryObjectStore store = new MemoryObjectStore();

  private byte[] fetch(TrustedKeys keys) {
    return StoredDiffs.fetch(store, DIGEST, 3, keys);
  }

  private static void fails(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void checksTheDigest() {
    TrustedKeys none = new TrustedKeys(List.of());
    fails(ErrorCode.DIGEST_MISMATCH, () -> fetch(none));
    store.put(ObjectKeys.diff(DIGEST), new byte[] {1, 2}, Map.of());
    fails(ErrorCode.DIGEST_MISMATCH, () -> fetch(none));
    store.put(ObjectKeys.diff(DIGEST), BYTES, Map.of());
    assertThat(fetch(none)).isEqualTo(BYTES);
    fails(ErrorCode.QUOTA_EXCEEDED, () -> StoredDiffs.fetch(store, DIGEST, 2, none));
  }

  @Test
  void checksTheSignature() {
    SigningKey key = SigningKey.generate();
    TrustedKeys trusted = new TrustedKeys(List.of(key.verificationKey()));
    store.put(ObjectKeys.diff(DIGEST), BYTES, Map.of());
    fails(ErrorCode.SIGNATURE_INVALID, () -> fetch(trusted));
    store.put(ObjectKeys.signature(DIGEST, key.verificationKey().id()), key.sign(DIGEST), Map.of());
    assertThat(fetch(trusted)).isEqualTo(BYTES);
  }
}
