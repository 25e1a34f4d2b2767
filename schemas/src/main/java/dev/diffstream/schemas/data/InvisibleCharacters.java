package dev.diffstream.schemas.data;

/** Characters that leave no mark on a page: white space, control and format characters, fillers. */
public final class InvisibleCharacters {
  private InvisibleCharacters() {}

  /** Whether nothing is seen of {@code codePoint}. Combining marks are seen. */
  public static boolean isInvisible(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.SPACE_SEPARATOR,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      case Character.FORMAT -> !isVisibleFormat(codePoint);
      default -> isFiller(codePoint);
    };
  }

  /** Whether nothing is seen of the whole text; true for the empty text. */
  public static boolean isBlank(String text) {
    return text.codePoints().allMatch(InvisibleCharacters::isInvisible);
  }

  /** Signs that Unicode counts as format characters because they enclose digits. */
  private static boolean isVisibleFormat(int codePoint) {
    return (codePoint >= 0x0600 && codePoint <= 0x0605)
        || codePoint == 0x06DD
        || codePoint == 0x070F
        || codePoint == 0x0890
        || codePoint == 0x0891
        || codePoint == 0x08E2
        || codePoint == 0x110BD
        || codePoint == 0x110CD;
  }

  /** Letters and marks without a glyph: joiners, Hangul fillers and variation selectors. */
  private static boolean isFiller(int codePoint) {
    return codePoint == 0x034F
        || codePoint == 0x115F
        || codePoint == 0x1160
        || codePoint == 0x17B4
        || codePoint == 0x17B5
        || (codePoint >= 0x180B && codePoint <= 0x180F)
        || codePoint == 0x3164
        || (codePoint >= 0xFE00 && codePoint <= 0xFE0F)
        || codePoint == 0xFFA0
        || (codePoint >= 0xE0100 && codePoint <= 0xE01EF);
  }
}
