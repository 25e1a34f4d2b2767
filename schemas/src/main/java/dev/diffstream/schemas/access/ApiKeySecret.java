package dev.diffstream.schemas.access;

import dev.diffstream.schemas.Sha256;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * The secret of an API key: {@code dsk_} and 256 random bits in 43 characters of base64url. So much
 * chance needs no slow hash and no salt: its plain SHA-256 tells nothing of it, and a table that is
 * looked up by that hash tells nothing by its timing.
 */
public final class ApiKeySecret {
  /** Tells people and secret scanners what it is. */
  public static final String PREFIX = "dsk_";

  /** What stands before a secret in the header {@code Authorization}. */
  public static final String SCHEME = "Bearer ";

  private static final Pattern FORM = Pattern.compile("dsk_[A-Za-z0-9_-]{43}");
  private static final int BYTES = 32;
  private static final int ID_DIGITS = 16;

  private final String text;

  private ApiKeySecret(String text) {
    this.text = text;
  }

  public static ApiKeySecret create(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return new ApiKeySecret(PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  public static boolean isValid(String text) {
    return FORM.matcher(text).matches();
  }

  /** The secret itself, to be shown once. */
  public String text() {
    return text;
  }

  public String digest() {
    return digest(text);
  }

  /** SHA-256 of the secret's ASCII characters. */
  public static String digest(String secret) {
    return Sha256.of(secret);
  }

  /** The public name of the key with this digest. */
  public static String id(String digest) {
    return digest.substring(0, Math.min(ID_DIGITS, digest.length()));
  }

  @Override
  public String toString() {
    return PREFIX + "(hidden)";
  }
}
