package dev.diffstream.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.worker.RecordingStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DiffStorageTest {
  private static final byte[] FILE = "a diff".getBytes(UTF_8);
  private static final String DIGEST = Sha256.of(FILE);

  private final SigningKey key = SigningKey.generate();
  private final String signature = ObjectKeys.signature(DIGEST, key.verificationKey().id());
  private final List<String> journal = new ArrayList<>();
  private final RecordingStore store = new RecordingStore(journal);

  @Test
  void theDiffThenItsSignature() {
    assertThat(storage(key).put(FILE)).isEqualTo(DIGEST);
    assertThat(journal).containsExactly("put " + ObjectKeys.diff(DIGEST), "put " + signature);
    new TrustedKeys(List.of(key.verificationKey())).check(DIGEST, store::get);
    assertThat(stored(ObjectKeys.diff(DIGEST))).isEqualTo(FILE);
  }

  @Test
  void aSecondPutKeepsDiffAndSignature() {
    storage(key).put(FILE);
    byte[] first = stored(signature);
    assertThat(storage(key).put(FILE)).isEqualTo(DIGEST);
    assertThat(stored(signature)).isEqualTo(first);
    assertThat(stored(ObjectKeys.diff(DIGEST))).isEqualTo(FILE);
  }

  @Test
  void aNewKeySignsBesideTheOldOne() {
    SigningKey next = SigningKey.generate();
    storage(key).put(FILE);
    storage(next).put(FILE);
    new TrustedKeys(List.of(key.verificationKey())).check(DIGEST, store::get);
    new TrustedKeys(List.of(next.verificationKey())).check(DIGEST, store::get);
  }

  @Test
  void whatIsNoSignatureIsNeitherOverwrittenNorAccepted() {
    byte[] other = key.sign(Sha256.of("another file"));
    for (byte[] planted : List.of(new byte[0], new byte[100_000], other)) {
      store.put(signature, planted, Map.of());
      assertThatThrownBy(() -> storage(key).put(FILE))
          .isInstanceOfSatisfying(
              DiffstreamException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.SIGNATURE_INVALID));
      assertThat(store.get(signature, 1 << 20).orElseThrow()).isEqualTo(planted);
    }
  }

  @Test
  void withoutAKeyNothingIsSigned() {
    storage(null).put(FILE);
    assertThat(journal).containsExactly("put " + ObjectKeys.diff(DIGEST));
  }

  private DiffStorage storage(@Nullable SigningKey signingKey) {
    return new DiffStorage(
        store, signingKey, new RetryPolicy(Duration.ZERO, new CountDownLatch(1)));
  }

  private byte[] stored(String object) {
    return store.get(object, 1 << 16).orElseThrow();
  }
}
