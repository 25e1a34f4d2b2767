package dev.diffstream.schemas.diff.format;

import static dev.diffstream.schemas.safetensors.Safetensors.malformed;

import dev.diffstream.schemas.safetensors.Safetensors.Header;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * What JSON parsers let pass and no writer could write back: other encodings than UTF-8, and halves
 * of surrogate pairs, which are no text.
 */
final class HeaderText {
  private static final int CHUNK = 1 << 12;

  private HeaderText() {}

  static void check(ByteBuffer file, Header header) {
    checkEncoding(file.slice(8, header.bytes() - 8));
    header.entries().keySet().forEach(HeaderText::checkText);
    header
        .metadata()
        .forEach(
            (key, value) -> {
              checkText(key);
              checkText(value);
            });
  }

  private static void checkEncoding(ByteBuffer json) {
    CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
    CharBuffer chars = CharBuffer.allocate(CHUNK);
    CoderResult result;
    do {
      result = utf8.decode(json, chars.clear(), true);
      // Zeros are UTF-16 that happens to be UTF-8: JSON has none.
      if (result.isError() || chars.flip().chars().anyMatch(c -> c == 0)) {
        throw malformed(8L + json.position(), "a header in UTF-8", "other bytes");
      }
    } while (result.isOverflow());
  }

  private static void checkText(String string) {
    if (!isText(string)) {
      throw malformed(8, "surrogates in pairs", "half a pair in a name or in __metadata__");
    }
  }

  /** Whether UTF-8 can say it. */
  static boolean isText(String string) {
    for (int i = 0; i < string.length(); i++) {
      if (Character.isSurrogate(string.charAt(i))) {
        boolean pair =
            i + 1 < string.length()
                && Character.isSurrogatePair(string.charAt(i), string.charAt(i + 1));
        if (!pair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }
}
