package dev.diffstream.schemas;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** SHA-256 digests as 64 lower-case hex digits: the names of bases and diffs. */
public final class Sha256 {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

  private Sha256() {}

  public static String of(byte[] bytes) {
    return hex(digest(), ByteBuffer.wrap(bytes));
  }

  public static String of(ByteBuffer bytes) {
    return hex(digest(), bytes.duplicate());
  }

  public static String of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  public static boolean isValid(String hex) {
    return FORM.matcher(hex).matches();
  }

  /** A fresh digest, for bytes that arrive in parts. */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static String hex(MessageDigest digest, ByteBuffer bytes) {
    digest.update(bytes);
    return HexFormat.of().formatHex(digest.digest());
  }
}
