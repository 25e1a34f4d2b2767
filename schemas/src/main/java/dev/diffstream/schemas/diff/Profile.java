package dev.diffstream.schemas.diff;

/** The two forms of a diff file. Reading either gives the same diff. */
public enum Profile {
  /** Small: positions and values are coded, all of a kind in one tensor. */
  COMPACT("compact"),

  /** Plain: two tensors for each changed parameter. */
  PLAIN("plain");

  private final String text;

  Profile(String text) {
    this.text = text;
  }

  /** As the metadata says it. */
  public String text() {
    return text;
  }
}
