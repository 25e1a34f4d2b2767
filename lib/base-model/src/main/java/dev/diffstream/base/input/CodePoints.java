package dev.diffstream.base.input;

/** Leads from code points, which tokenisers count, to chars, which strings count. */
final class CodePoints {
  private final String text;
  private final int count;
  private int point;
  private int index;

  CodePoints(String text) {
    this.text = text;
    this.count = text.codePointCount(0, text.length());
  }

  /** Index of the n-th code point; cheap when asked in order. */
  int index(int codePoint) {
    if (codePoint < point) {
      point = 0;
      index = 0;
    }
    int next = Math.min(codePoint, count);
    index = text.offsetByCodePoints(index, next - point);
    point = next;
    return index;
  }
}
