package dev.diffstream.schemas.signature;

import dev.diffstream.schemas.DiffstreamException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.util.List;

/** A private key that signs diffs. No method and no message shows it but {@link #pem}. */
public final class SigningKey {
  private static final String PKCS8 = "PRIVATE KEY";
  private static final String SEC1 = "EC PRIVATE KEY";

  private final ECPrivateKey key;
  private final VerificationKey verificationKey;

  private SigningKey(ECPrivateKey key, ECPublicKey publicKey) {
    this.key = key;
    this.verificationKey = new VerificationKey(publicKey);
  }

  /** A new key pair from the platform's random numbers. */
  public static SigningKey generate() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(P256.CURVE);
      KeyPair pair = generator.generateKeyPair();
      return new SigningKey((ECPrivateKey) pair.getPrivate(), (ECPublicKey) pair.getPublic());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has keys of P-256", e);
    }
  }

  /**
   * The one private key in {@code pem}, in PKCS #8 or in OpenSSL's older form (SEC 1).
   *
   * @param what names the text in the error, which never repeats the text
   * @throws IllegalArgumentException if there is none or more than one, if it is encrypted, or of
   *     another curve or kind
   */
  public static SigningKey read(String pem, String what) {
    List<Pem.Block> blocks = Pem.read(pem, what);
    List<Pem.Block> keys =
        blocks.stream().filter(b -> b.type().equals(PKCS8) || b.type().equals(SEC1)).toList();
    if (keys.size() != 1) {
      throw new IllegalArgumentException(
          what
              + ": expected one "
              + PKCS8
              + " or "
              + SEC1
              + " in it, found "
              + blocks.stream().map(Pem.Block::type).toList());
    }
    Pem.Block block = keys.get(0);
    byte[] der = block.type().equals(SEC1) ? P256.pkcs8(block.der()) : block.der();
    ECPrivateKey key = P256.privateKey(der, what);
    return new SigningKey(key, P256.publicKeyOf(key));
  }

  /** PKCS #8 in PEM. A secret. */
  public String pem() {
    return Pem.write(PKCS8, key.getEncoded());
  }

  public VerificationKey verificationKey() {
    return verificationKey;
  }

  /**
   * A bundle that says that this key signed the diff of this digest: JSON of about 1 kB. Each call
   * gives other bytes, since ECDSA takes a fresh random number.
   *
   * @throws DiffstreamException DIGEST_MISMATCH if {@code digest} has not the form of one
   */
  public byte[] sign(String digest) {
    return bundle(Statement.write(digest)).write();
  }

  Bundle bundle(byte[] statement) {
    byte[] signature = P256.sign(key, Bundle.preAuthenticationEncoding(statement));
    return new Bundle(verificationKey.id(), statement, signature);
  }

  @Override
  public String toString() {
    return "signing key of " + verificationKey.id();
  }
}
