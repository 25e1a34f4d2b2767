package dev.diffstream.cli.display;

/** Text out of other people's files, such that it cannot steer the reader's terminal. */
public final class ForeignText {
  private static final int MAX_CHARS = 4000;

  private ForeignText() {}

  /** On one line: control and direction characters spelled out, cut where it is very long. */
  public static String line(String text) {
    return spelled(text, false);
  }

  /** The same, but lines stay lines. */
  public static String lines(String text) {
    return spelled(text, true);
  }

  private static String spelled(String text, boolean lines) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length() && i < MAX_CHARS; i++) {
      char c = text.charAt(i);
      boolean kept = lines && (c == '\n' || c == '\t');
      boolean steers = Character.isISOControl(c) || Character.getType(c) == Character.FORMAT;
      if (steers && !kept) {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return text.length() > MAX_CHARS
        ? out.append(" … (").append(text.length()).append(" characters)").toString()
        : out.toString();
  }
}
