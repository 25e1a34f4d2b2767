package dev.diffstream.base;

/**
 * A text as tokens.
 *
 * @param ids with the special tokens; shared, not copied
 * @param types token type per token; shared
 * @param truncated whether the text was cut
 */
@SuppressWarnings("ArrayRecordComponent") // read once, by a batch
public record Encoding(long[] ids, long[] types, boolean truncated) {
  public int length() {
    return ids.length;
  }
}
