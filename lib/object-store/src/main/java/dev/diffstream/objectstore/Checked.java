package dev.diffstream.objectstore;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The arguments that every store accepts. */
final class Checked {
  /** The limit of S3, in bytes of UTF-8. */
  static final int MAX_KEY_BYTES = 1024;

  private static final int MAX_SHOWN = 200;
  private static final int MIN_SURROGATE = 0xD800;
  private static final int MAX_SURROGATE = 0xDFFF;

  private Checked() {}

  /** The key of one object, or DATA_UNREADABLE: servers disagree about the keys refused here. */
  static String key(String key) {
    text(key);
    if (key.isEmpty()) {
      throw refused(key, "it is empty");
    }
    for (String segment : key.split("/", -1)) {
      if (segment.isEmpty()) {
        throw refused(
            key, "expected the key of one object, which has no empty part between slashes");
      }
      if (segment.equals(".") || segment.equals("..")) {
        throw refused(key, "expected no part that is \".\" or \"..\"");
      }
    }
    return key;
  }

  /** What keys begin with; may be empty or end anywhere. */
  static String prefix(String prefix) {
    text(prefix);
    return prefix;
  }

  private static void text(String key) {
    int length = key.getBytes(StandardCharsets.UTF_8).length;
    if (length > MAX_KEY_BYTES) {
      throw refused(
          key, "expected at most " + MAX_KEY_BYTES + " bytes of UTF-8, got " + length + " bytes");
    }
    if (key.codePoints().anyMatch(c -> c >= MIN_SURROGATE && c <= MAX_SURROGATE)) {
      throw refused(key, "expected text, got half of a surrogate pair");
    }
    if (key.codePoints().anyMatch(Character::isISOControl)) {
      throw refused(key, "expected no control character");
    }
  }

  private static DiffstreamException refused(String key, String reason) {
    StringBuilder shown = new StringBuilder();
    key.codePoints()
        .limit(MAX_SHOWN)
        .forEach(
            c -> {
              boolean plain =
                  !Character.isISOControl(c) && !(c >= MIN_SURROGATE && c <= MAX_SURROGATE);
              shown.append(plain ? Character.toString(c) : String.format("\\u%04x", c));
            });
    String cut = key.codePoints().count() > MAX_SHOWN ? "…" : "";
    return new DiffstreamException(
        ErrorCode.DATA_UNREADABLE, "the key \"" + shown + cut + "\": " + reason);
  }

  static void range(long offset, int length) {
    if (offset < 0 || length < 0) {
      throw new IllegalArgumentException("a range of " + length + " bytes from " + offset);
    }
  }

  /** S3 carries metadata in headers: lower-case ASCII names, printable ASCII values. */
  static Map<String, String> metadata(Map<String, String> metadata) {
    metadata.forEach(
        (name, value) -> {
          if (!name.matches("[a-z0-9][a-z0-9_-]*") || name.equals(S3ObjectStore.WRITER)) {
            throw new IllegalArgumentException("not a name of metadata: " + name);
          }
          if (!value.matches("[!-~]([ -~]*[!-~])?")) {
            throw new IllegalArgumentException("the value of " + name + " is not plain ASCII");
          }
        });
    return Map.copyOf(metadata);
  }
}
