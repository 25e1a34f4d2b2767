package dev.diffstream.base.input;

/** Converts offsets in code points, as tokenisers give them, to offsets in a Java string. */
final class CodePoints {
  private final String text;
  private final int count;
  private int point;
  private int index;

  CodePoints(String text) {
    this.text = text;
    this.count = text.codePointCount(0, text.length());
  }

  /** Index of the n-th code point; constant time on average for ascending calls. */
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
