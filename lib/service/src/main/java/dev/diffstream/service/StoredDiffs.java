package dev.diffstream.service;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.signature.TrustedKeys;

/** Reads diff files out of the bucket. */
public final class StoredDiffs {
  private StoredDiffs() {}

  /**
   * The bytes of the diff with this digest, of which nothing has been read before digest and
   * signature were checked. Fails with DIGEST_MISMATCH where there is no object or another one,
   * SIGNATURE_INVALID where no trusted key signed it, and QUOTA_EXCEEDED where it is larger than
   * {@code maxBytes}.
   */
  public static byte[] fetch(
      ObjectStore store, String digest, long maxBytes, TrustedKeys trustedKeys) {
    String key = ObjectKeys.diff(digest);
    byte[] bytes =
        store
            .get(key, maxBytes)
            .orElseThrow(
                () ->
                    new DiffstreamException(
                        ErrorCode.DIGEST_MISMATCH, key + ": expected a diff, found no object"));
    String actual = Sha256.of(bytes);
    if (!actual.equals(digest)) {
      throw new DiffstreamException(
          ErrorCode.DIGEST_MISMATCH,
          key
              + ": expected SHA-256 "
              + digest
              + ", got "
              + actual
              + " of "
              + bytes.length
              + " bytes");
    }
    trustedKeys.check(digest, store::get);
    return bytes;
  }
}
