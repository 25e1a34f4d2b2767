package dev.diffstream.schemas.signature;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import javax.crypto.KeyAgreement;

/** Keys of the one curve that is used, NIST P-256, and ECDSA with SHA-256 over it. */
final class P256 {
  static final ECParameterSpec CURVE = curve();

  /** What stands before an ECPrivateKey of this curve in PKCS #8, less outer and inner lengths. */
  private static final byte[] VERSION_AND_ALGORITHM =
      HexFormat.of().parseHex("020100301306072a8648ce3d020106082a8648ce3d030107");

  private static final byte[] PROBE = {1};
  private static final int SEQUENCE = 0x30;
  private static final int OCTET_STRING = 0x04;

  private P256() {}

  private static ECParameterSpec curve() {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec("secp256r1"));
      return parameters.getParameterSpec(ECParameterSpec.class);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has P-256", e);
    }
  }

  /**
   * @param der a SubjectPublicKeyInfo
   * @throws IllegalArgumentException if it is no point of this curve
   */
  static ECPublicKey publicKey(byte[] der, String what) {
    try {
      PublicKey key = keys().generatePublic(new X509EncodedKeySpec(der));
      if (key instanceof ECPublicKey ec && isCurve(ec) && isOnCurve(ec.getW())) {
        return ec;
      }
    } catch (InvalidKeySpecException e) {
      throw notOurs(what, "public", e);
    }
    throw notOurs(what, "public", null);
  }

  /**
   * @param der PKCS #8
   * @throws IllegalArgumentException if it is no private key of this curve
   */
  static ECPrivateKey privateKey(byte[] der, String what) {
    try {
      PrivateKey key = keys().generatePrivate(new PKCS8EncodedKeySpec(der));
      if (key instanceof ECPrivateKey ec
          && isCurve(ec)
          && ec.getS().signum() > 0
          && ec.getS().compareTo(CURVE.getOrder()) < 0) {
        return ec;
      }
    } catch (InvalidKeySpecException e) {
      throw notOurs(what, "private", e);
    }
    throw notOurs(what, "private", null);
  }

  private static IllegalArgumentException notOurs(
      String what, String kind, @org.jspecify.annotations.Nullable Exception cause) {
    return new IllegalArgumentException(
        what + ": expected a " + kind + " key of the curve P-256 (prime256v1)", cause);
  }

  /** Wraps an ECPrivateKey (RFC 5915), which is what OpenSSL's older commands write. */
  static byte[] pkcs8(byte[] sec1) {
    byte[] key = tagged(OCTET_STRING, sec1);
    byte[] body = new byte[VERSION_AND_ALGORITHM.length + key.length];
    System.arraycopy(VERSION_AND_ALGORITHM, 0, body, 0, VERSION_AND_ALGORITHM.length);
    System.arraycopy(key, 0, body, VERSION_AND_ALGORITHM.length, key.length);
    return tagged(SEQUENCE, body);
  }

  private static byte[] tagged(int tag, byte[] content) {
    int length = content.length;
    if (length > 0xff) {
      throw new IllegalArgumentException("no EC key of P-256 has " + length + " bytes");
    }
    byte[] head =
        length < 0x80
            ? new byte[] {(byte) tag, (byte) length}
            : new byte[] {(byte) tag, (byte) 0x81, (byte) length};
    byte[] all = java.util.Arrays.copyOf(head, head.length + length);
    System.arraycopy(content, 0, all, head.length, length);
    return all;
  }

  /**
   * The public key of {@code key}, which PKCS #8 need not contain. The platform multiplies points
   * only within ECDH, whose secret is the first coordinate; a signature tells which of the two
   * points with that coordinate it is.
   */
  static ECPublicKey publicKeyOf(ECPrivateKey key) {
    try {
      KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
      agreement.init(key);
      agreement.doPhase(publicKey(CURVE.getGenerator()), true);
      BigInteger x = new BigInteger(1, agreement.generateSecret());
      BigInteger y = root(right(x));
      ECPublicKey one = publicKey(new ECPoint(x, y));
      return verifies(one, PROBE, sign(key, PROBE))
          ? one
          : publicKey(new ECPoint(x, prime().subtract(y)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has ECDH over P-256", e);
    }
  }

  private static ECPublicKey publicKey(ECPoint point) throws InvalidKeySpecException {
    return (ECPublicKey) keys().generatePublic(new ECPublicKeySpec(point, CURVE));
  }

  static byte[] sign(ECPrivateKey key, byte[] message) {
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(key);
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a checked key of P-256 signs", e);
    }
  }

  /** False too for bytes that are no signature at all. */
  static boolean verifies(ECPublicKey key, byte[] message, byte[] sig) {
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initVerify(key);
      signature.update(message);
      return signature.verify(sig);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static boolean isCurve(ECKey key) {
    ECParameterSpec parameters = key.getParams();
    return parameters != null
        && parameters.getCurve().equals(CURVE.getCurve())
        && parameters.getGenerator().equals(CURVE.getGenerator())
        && parameters.getOrder().equals(CURVE.getOrder())
        && parameters.getCofactor() == CURVE.getCofactor();
  }

  private static boolean isOnCurve(ECPoint point) {
    if (point.equals(ECPoint.POINT_INFINITY)) {
      return false;
    }
    BigInteger y = point.getAffineY();
    return point.getAffineX().compareTo(prime()) < 0
        && y.compareTo(prime()) < 0
        && y.multiply(y).mod(prime()).equals(right(point.getAffineX()));
  }

  /** x³ + ax + b. */
  private static BigInteger right(BigInteger x) {
    return x.multiply(x)
        .add(CURVE.getCurve().getA())
        .multiply(x)
        .add(CURVE.getCurve().getB())
        .mod(prime());
  }

  /** A square root modulo the prime, which is 3 modulo 4. */
  private static BigInteger root(BigInteger square) {
    return square.modPow(prime().add(BigInteger.ONE).shiftRight(2), prime());
  }

  private static BigInteger prime() {
    return ((ECFieldFp) CURVE.getCurve().getField()).getP();
  }

  private static KeyFactory keys() {
    try {
      return KeyFactory.getInstance("EC");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has EC keys", e);
    }
  }
}
