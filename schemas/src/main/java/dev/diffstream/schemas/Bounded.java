package dev.diffstream.schemas;

/**
 * Cuts free text where it is made, so that events, reports, headers and log lines stay small
 * whatever the data said.
 */
public final class Bounded {
  /** For a whole message. */
  public static final int MESSAGE_CHARS = 2_000;

  /** For one value that a message quotes. */
  public static final int VALUE_CHARS = 200;

  private Bounded() {}

  /** At most {@link #MESSAGE_CHARS} chars and a remark of how many there were. */
  public static String message(String text) {
    return text(text, MESSAGE_CHARS);
  }

  /** At most {@link #VALUE_CHARS} chars and a remark of how many there were. */
  public static String value(String text) {
    return text(text, VALUE_CHARS);
  }

  /**
   * The first {@code max} chars, without half of a surrogate pair at the end, and a remark of how
   * many there were; the text itself if it is not longer.
   */
  public static String text(String text, int max) {
    if (text.length() <= max) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max;
    return text.substring(0, end) + "… (" + text.length() + " chars)";
  }
}
