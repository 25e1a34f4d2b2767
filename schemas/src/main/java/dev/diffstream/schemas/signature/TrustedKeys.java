package dev.diffstream.schemas.signature;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The keys of which one must have signed a diff. None: nothing is checked.
 *
 * <p>Immutable.
 */
public record TrustedKeys(List<VerificationKey> keys) {
  /** Checks nothing. */
  public static final TrustedKeys NONE = new TrustedKeys(List.of());

  public TrustedKeys {
    keys = keys.stream().distinct().toList();
  }

  /** Where bundles lie: an object store's {@code get}. */
  @FunctionalInterface
  public interface Bundles {
    /** The object of this key; fails with QUOTA_EXCEEDED if it has more than {@code maxBytes}. */
    Optional<byte[]> get(String key, long maxBytes);
  }

  /**
   * Returns if a key of these signed the diff, or if there are no keys.
   *
   * @param digest SHA-256 of the very bytes that are about to be used
   * @throws DiffstreamException SIGNATURE_INVALID: there is no bundle, or none verifies; other
   *     codes: the store's own
   */
  public void check(String digest, Bundles bundles) {
    if (!keys.isEmpty()) {
      signedByOne(ObjectKeys.diff(digest), key -> check(key, digest, bundles));
    }
  }

  /**
   * The key of these, of which there must be one, that {@code bundle} says signed the diff of this
   * digest; fails with SIGNATURE_INVALID if there is none.
   *
   * @param what names the bundle in the error
   */
  public VerificationKey verify(byte[] bundle, String digest, String what) {
    return signedByOne("the diff " + digest, key -> verify(bundle, key, digest, what));
  }

  private VerificationKey signedByOne(String diff, Consumer<VerificationKey> check) {
    List<String> faults = new ArrayList<>();
    for (VerificationKey key : keys) {
      try {
        check.accept(key);
        return key;
      } catch (DiffstreamException e) {
        if (e.code() != ErrorCode.SIGNATURE_INVALID) {
          throw e;
        }
        faults.add(e.reason());
      }
    }
    throw new DiffstreamException(
        ErrorCode.SIGNATURE_INVALID,
        diff + " is not signed by a trusted key: " + String.join("; ", faults));
  }

  /** What a service says of them at its start. */
  @Override
  public String toString() {
    return keys.isEmpty()
        ? "no verification keys are set, diffs are not checked"
        : "a diff must be signed by one of the keys " + keys;
  }

  private static void check(VerificationKey key, String digest, Bundles bundles) {
    String object = ObjectKeys.signature(digest, key.id());
    verify(bytes(object, bundles), key, digest, object);
  }

  private static byte[] bytes(String object, Bundles bundles) {
    String expected = "a signature of at most " + Bundle.MAX_BYTES + " bytes";
    try {
      return bundles
          .get(object, Bundle.MAX_BYTES)
          .orElseThrow(() -> Fields.invalid(object, expected, "no object"));
    } catch (DiffstreamException e) {
      if (e.code() == ErrorCode.QUOTA_EXCEEDED) {
        throw Fields.invalid(object, expected, "a larger object");
      }
      throw e;
    }
  }

  /**
   * Fails with SIGNATURE_INVALID unless {@code bundle} says that {@code key} signed the diff of
   * this digest.
   *
   * @param what names the bundle in the error
   */
  public static void verify(byte[] bundle, VerificationKey key, String digest, String what) {
    Bundle.parse(bundle, what).verify(key, digest, what);
  }
}
