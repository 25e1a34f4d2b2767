package dev.diffstream.schemas.data;

import dev.diffstream.schemas.Sha256;
import java.text.Normalizer;
import org.jspecify.annotations.Nullable;

/**
 * When two texts count as one and the same, so that they may not stand on two sides of a split.
 *
 * <p>Bases differ in what they ignore: an uncased one reads "Café" and "cafe" as the same tokens,
 * most read a no-break space as a space, and many separate punctuation from words. This
 * normalisation ignores all of that, whatever the base: a base that does distinguish two such texts
 * loses nothing when they stand on the same side. In order: compatibility decomposition (NFKD),
 * combining marks and invisible characters left out, letters in lower case, runs of white space as
 * one space, and none of it at either end or next to a character that is no letter or digit. A pair
 * is the same in either order.
 */
public final class TextIdentity {
  private TextIdentity() {}

  /** A hash (SHA-256, hexadecimal) that texts have in common exactly if they count as the same. */
  public static String of(String text, @Nullable String textPair) {
    String first = normalized(text);
    if (textPair == null) {
      return Sha256.of(first);
    }
    String second = normalized(textPair);
    return Sha256.of(first.compareTo(second) <= 0 ? first + "\0" + second : second + "\0" + first);
  }

  static String normalized(String text) {
    Collector collector = new Collector(text.length());
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      i += Character.charCount(codePoint);
      if (codePoint < 0x80) {
        collector.add(codePoint);
      } else {
        // One by one: a library call on the whole text sorts its marks, which takes minutes where
        // a letter has very many; their order does not matter because they are left out.
        Normalizer.normalize(Character.toString(codePoint), Normalizer.Form.NFKD)
            .codePoints()
            .forEach(collector::add);
      }
    }
    return collector.kept.isEmpty() ? text : collector.kept.toString();
  }

  /** Takes the characters of a decomposed text and keeps what counts. */
  private static final class Collector {
    final StringBuilder kept;
    private boolean space;
    private boolean afterWord;

    Collector(int length) {
      kept = new StringBuilder(length);
    }

    void add(int codePoint) {
      if (isSpace(codePoint)) {
        space = true;
      } else if (!isIgnored(codePoint)) {
        int lower = Character.toLowerCase(Character.toUpperCase(codePoint));
        boolean word = Character.isLetterOrDigit(lower) && !Character.isIdeographic(lower);
        if (space && word && afterWord) {
          kept.append(' ');
        }
        kept.appendCodePoint(lower);
        afterWord = word;
        space = false;
      }
    }
  }

  private static boolean isSpace(int codePoint) {
    return Character.isWhitespace(codePoint) || Character.isSpaceChar(codePoint);
  }

  private static boolean isIgnored(int codePoint) {
    int type = Character.getType(codePoint);
    return type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || InvisibleCharacters.isInvisible(codePoint);
  }
}
