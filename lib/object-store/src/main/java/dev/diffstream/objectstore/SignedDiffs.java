package dev.diffstream.objectstore;

import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import java.util.List;
import java.util.Map;

/** Puts the signatures of diffs beside them. */
public final class SignedDiffs {
  private SignedDiffs() {}

  /**
   * Makes {@code bundle}, by {@code key} about the diff of this digest, durable. Signatures are
   * random: an earlier one by the same key is as good, and is kept. What stands there and does not
   * verify is kept too and fails with SIGNATURE_INVALID, since no reader would take the diff.
   */
  public static void put(
      ObjectStore store,
      SigningKey key,
      String digest,
      byte[] bundle,
      Map<String, String> metadata) {
    String object = ObjectKeys.signature(digest, key.verificationKey().id());
    if (store.putIfAbsent(object, bundle, metadata) == PutOutcome.EXISTS) {
      new TrustedKeys(List.of(key.verificationKey())).check(digest, store::get);
    }
  }
}
