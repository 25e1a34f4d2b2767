package dev.diffstream.objectstore;

import java.util.Map;

/** The arguments that every store accepts. */
final class Checked {
  private static final int MAX_KEY_BYTES = 1024;

  private Checked() {}

  static String key(String key) {
    int length = key.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
    if (length == 0 || length > MAX_KEY_BYTES || key.startsWith("/") || key.endsWith("/")) {
      throw new IllegalArgumentException(
          "a key has 1 to 1024 bytes and neither starts nor ends with a slash, got: " + key);
    }
    return key;
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
