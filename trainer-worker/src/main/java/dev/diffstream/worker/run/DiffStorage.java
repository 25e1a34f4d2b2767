package dev.diffstream.worker.run;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.SignedDiffs;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.telemetry.TraceContext;
import org.jspecify.annotations.Nullable;

/** Makes a diff durable under its hash (I1), and its signature beside it. */
public final class DiffStorage {
  private final ObjectStore store;
  private final @Nullable SigningKey signingKey;
  private final RetryPolicy retry;

  /**
   * @param signingKey null: nothing is signed
   */
  public DiffStorage(ObjectStore store, @Nullable SigningKey signingKey, RetryPolicy retry) {
    this.store = store;
    this.signingKey = signingKey;
    this.retry = retry;
  }

  /**
   * The digest of {@code file}, which is durable and, where there is a key, signed (I2). Fails with
   * SIGNATURE_INVALID if something else stands where the signature belongs.
   */
  public String put(byte[] file) {
    String digest = Sha256.of(file);
    retry.run(
        "storing diff " + digest,
        () -> store.putIfAbsent(ObjectKeys.diff(digest), file, TraceContext.inject()));
    if (signingKey != null) {
      sign(digest, signingKey);
    }
    return digest;
  }

  /** Signed once, whatever it takes to store that. */
  private void sign(String digest, SigningKey key) {
    byte[] bundle = key.sign(digest);
    retry.run(
        "storing the signature of diff " + digest,
        () -> SignedDiffs.put(store, key, digest, bundle, TraceContext.inject()));
  }
}
