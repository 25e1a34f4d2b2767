package dev.diffstream.schemas.diff.codec;

/** Stored bits that no writer produces. The caller knows their offset and adds it. */
public final class CorruptCode extends Exception {
  private static final long serialVersionUID = 1;

  private final String expected;
  private final String actual;

  CorruptCode(String expected, String actual) {
    super("expected " + expected + ", got " + actual);
    this.expected = expected;
    this.actual = actual;
  }

  public String expected() {
    return expected;
  }

  public String actual() {
    return actual;
  }
}
