package dev.diffstream.schemas.data;

import java.util.ArrayList;
import java.util.List;

/** The words of a text as token classification counts them: what stands between white space. */
public final class Words {
  private Words() {}

  /**
   * A word's place.
   *
   * @param start in chars of the string
   * @param end behind its last char
   */
  public record Word(int start, int end) {}

  public static List<Word> of(String text) {
    List<Word> words = new ArrayList<>();
    int start = -1;
    for (int i = 0; i <= text.length(); i++) {
      boolean inside = i < text.length() && !isSpace(text.charAt(i));
      if (inside && start < 0) {
        start = i;
      } else if (!inside && start >= 0) {
        words.add(new Word(start, i));
        start = -1;
      }
    }
    return words;
  }

  /** White space of every kind, the non-breaking ones too: tokenisers part words there as well. */
  public static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c);
  }
}
