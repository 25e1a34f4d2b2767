package dev.diffstream.gateway.protocol;

import java.util.OptionalInt;

/** Half a surrogate pair is no text: it has no UTF-8, and offsets would move behind it. */
public final class UnpairedSurrogate {
  private UnpairedSurrogate() {}

  /** Where the first one of a text stands. */
  public static OptionalInt in(String text) {
    int at = 0;
    while (at < text.length()) {
      int point = text.codePointAt(at);
      if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
        return OptionalInt.of(at);
      }
      at += Character.charCount(point);
    }
    return OptionalInt.empty();
  }
}
