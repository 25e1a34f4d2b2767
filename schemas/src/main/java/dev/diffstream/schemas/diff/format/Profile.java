package dev.diffstream.schemas.diff.format;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;

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

  /**
   * @throws DiffstreamException INVALID_EVENT for any other word
   */
  public static Profile of(String text) {
    for (Profile profile : values()) {
      if (profile.text.equals(text)) {
        return profile;
      }
    }
    throw new DiffstreamException(
        ErrorCode.INVALID_EVENT, "profile must be compact or plain, got: " + text);
  }

  /** As the metadata says it. */
  public String text() {
    return text;
  }
}
