package dev.diffstream.base.input;

import dev.diffstream.schemas.data.Words.Word;
import java.util.Arrays;
import java.util.List;

/**
 * A text as token ids, word by word.
 *
 * @param words what stands between white space
 * @param positions of each word's first token; -1 for a word behind the cut, or one that has no
 *     tokens
 */
@SuppressWarnings("ArrayRecordComponent") // read only
public record WordEncoding(Encoding encoding, List<Word> words, int[] positions) {
  public WordEncoding {
    words = List.copyOf(words);
  }

  /** The first tokens of the words that have one: those that a head gives tags for. */
  public int[] firstTokenPositions() {
    return Arrays.stream(positions).filter(position -> position >= 0).toArray();
  }
}
