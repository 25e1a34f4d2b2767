package dev.diffstream.schemas.signature;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Textual encodings of keys (RFC 7468). */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s(.*?)-----END \\1-----", Pattern.DOTALL);

  private Pem() {}

  /** One block: what stands behind BEGIN, and the bytes within. */
  record Block(String type, byte[] der) {}

  /**
   * All blocks of {@code text} in their order; text around them is ignored, as the RFC asks.
   *
   * @param what names the text in the error
   * @throws IllegalArgumentException if there is no block, or one that is encrypted or no base64
   */
  static List<Block> read(String text, String what) {
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      blocks.add(block(matcher.group(1), matcher.group(2), what));
    }
    if (blocks.isEmpty()) {
      throw new IllegalArgumentException(
          what + " is not PEM: expected -----BEGIN … KEY----- and -----END … KEY-----");
    }
    return blocks;
  }

  /** Whether it has private keys and no public one; encrypted ones count too. */
  static boolean isSecret(String text) {
    return text.lines().anyMatch(line -> line.matches("-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----"))
        && !text.contains("-----BEGIN PUBLIC KEY-----");
  }

  private static Block block(String type, String body, String what) {
    if (type.startsWith("ENCRYPTED") || body.contains("ENCRYPTED")) {
      throw new IllegalArgumentException(
          what + " is encrypted; expected a key without a passphrase (openssl pkey decrypts it)");
    }
    try {
      return new Block(type, Base64.getDecoder().decode(body.replaceAll("\\s", "")));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(what + ": the " + type + " in it is not base64", e);
    }
  }

  /** As OpenSSL and Python's cryptography write it: lines of 64, a line feed behind each. */
  static String write(String type, byte[] der) {
    Base64.Encoder lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
    return "-----BEGIN "
        + type
        + "-----\n"
        + lines.encodeToString(der)
        + "\n-----END "
        + type
        + "-----\n";
  }
}
