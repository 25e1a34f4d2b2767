package dev.diffstream.worker.data;

import dev.diffstream.schemas.data.InvisibleCharacters;
import java.util.Collection;

/**
 * Values of a data file as they may stand in a message: of bounded length, and with the characters
 * that are not seen, or are no characters, spelled out as {@code <U+00A0>}.
 */
final class QuotedText {
  static final int MAX_REASON = 600;
  private static final int MAX_VALUE = 120;
  private static final int MAX_LIST = 250;

  private QuotedText() {}

  /** The value between double quotes. */
  static String of(String value) {
    return "\"" + plain(value) + "\"";
  }

  /** The value without quotes. */
  static String plain(String value) {
    return shown(value, false);
  }

  /** The value between double quotes, combining marks spelled out too. */
  static String exact(String value) {
    return "\"" + shown(value, true) + "\"";
  }

  /** As many of the values as fit into a message. */
  static String list(Collection<String> values) {
    StringBuilder list = new StringBuilder("[");
    int listed = 0;
    for (String value : values) {
      String next = plain(value);
      if (list.length() + next.length() > MAX_LIST) {
        return list + ", … " + (values.size() - listed) + " more]";
      }
      list.append(listed++ == 0 ? "" : ", ").append(next);
    }
    return list + "]";
  }

  /** A text of our own making that may hold foreign parts, cut to what a report can hold. */
  static String cut(String reason) {
    if (reason.length() <= MAX_REASON) {
      return reason;
    }
    boolean half = Character.isHighSurrogate(reason.charAt(MAX_REASON - 1));
    return reason.substring(0, half ? MAX_REASON - 1 : MAX_REASON) + length(reason);
  }

  /** As {@code U+00E9}. */
  static String name(int codePoint) {
    return "U+%04X".formatted(codePoint);
  }

  private static String shown(String value, boolean marks) {
    StringBuilder shown = new StringBuilder();
    int at = 0;
    while (at < value.length() && shown.length() < MAX_VALUE) {
      int codePoint = value.codePointAt(at);
      at += Character.charCount(codePoint);
      if (isSpelledOut(codePoint, marks)) {
        shown.append('<').append(name(codePoint)).append('>');
      } else {
        shown.appendCodePoint(codePoint);
      }
    }
    return at < value.length() ? shown + length(value) : shown.toString();
  }

  private static boolean isSpelledOut(int codePoint, boolean marks) {
    int type = Character.getType(codePoint);
    boolean mark = type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK;
    return (codePoint != ' ' && InvisibleCharacters.isInvisible(codePoint))
        || (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE)
        || (marks && mark);
  }

  private static String length(String value) {
    return "… (" + value.length() + " characters)";
  }
}
