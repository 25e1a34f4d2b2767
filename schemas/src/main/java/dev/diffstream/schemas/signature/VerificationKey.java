package dev.diffstream.schemas.signature;

import dev.diffstream.schemas.Sha256;
import java.security.interfaces.ECPublicKey;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A public key that signatures of diffs are checked with. Equal by {@link #id}. */
public final class VerificationKey {
  private static final String TYPE = "PUBLIC KEY";

  private final ECPublicKey key;
  private final String pem;
  private final String id;

  VerificationKey(ECPublicKey key) {
    this.key = key;
    this.pem = Pem.write(TYPE, key.getEncoded());
    this.id = Sha256.of(pem);
  }

  /**
   * All keys in {@code pem}.
   *
   * @param what names the text in the error
   * @throws IllegalArgumentException if there is none, or anything else than P-256 public keys
   */
  public static List<VerificationKey> read(String pem, String what) {
    List<VerificationKey> keys = new ArrayList<>();
    for (Pem.Block block : Pem.read(pem, what)) {
      if (!block.type().equals(TYPE)) {
        throw new IllegalArgumentException(
            what + ": expected only " + TYPE + " in it, found " + block.type());
      }
      keys.add(new VerificationKey(P256.publicKey(block.der(), what)));
    }
    return keys;
  }

  /**
   * SHA-256 of {@link #pem}, 64 hex digits: what a bundle calls the key's hint, and what {@code
   * sha256sum} says of the file.
   */
  public String id() {
    return id;
  }

  /** SubjectPublicKeyInfo in PEM, in its one canonical form. */
  public String pem() {
    return pem;
  }

  boolean verifies(byte[] message, byte[] signature) {
    return P256.verifies(key, message, signature);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof VerificationKey that && id.equals(that.id);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  @Override
  public String toString() {
    return id;
  }
}
