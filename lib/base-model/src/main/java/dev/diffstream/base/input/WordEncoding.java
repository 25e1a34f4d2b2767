package dev.diffstream.base.input;

import dev.diffstream.schemas.data.Words.Word;
import java.util.Arrays;
import java.util.List;

/**
 * A text as token ids, word by word.
 *
 * @param words what stands between white space
 * @param positions of each word's first token; -1 for a word that was cut off, or that the
 *     tokeniser passes over
 */
@SuppressWarnings("ArrayRecordComponent") // read only
public record WordEncoding(Encoding encoding, List<Word> words, int[] positions) {
  public WordEncoding {
    words = List.copyOf(words);
  }

  /** Words that a head can be asked about. */
  public int[] asked() {
    return Arrays.stream(positions).filter(position -> position >= 0).toArray();
  }
}
