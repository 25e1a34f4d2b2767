package dev.diffstream.base.input;

import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.PairEncoding;

/**
 * How the texts of a task become tokens.
 *
 * @param maxTokens limit of a text, of each text of a separate pair, or of both texts of a joint
 *     pair together; special tokens counted
 * @param pairs without meaning where examples are single texts
 */
public record TextReading(int maxTokens, PairEncoding pairs) {
  /** Single texts, or pairs whose texts are sequences of their own. */
  public static TextReading separate(int maxTokens) {
    return new TextReading(maxTokens, PairEncoding.SEPARATE);
  }

  /**
   * As a diff reads its texts.
   *
   * @throws dev.diffstream.schemas.DiffstreamException MALFORMED_DIFF if it names a pair encoding
   *     that is not known
   */
  public static TextReading of(DiffMetadata metadata) {
    return new TextReading(metadata.maxTokens(), metadata.pairs());
  }
}
