package dev.diffstream.worker.learning.rows;

import dev.diffstream.base.input.Encoding;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;

/** What a row should give. */
public sealed interface Target {
  /** How many terms the row adds to the mean that the loss is. */
  default int terms() {
    return 1;
  }

  /** One class. */
  record OfClass(int index) implements Target {}

  /** A number, standardised. */
  record OfNumber(float value) implements Target {}

  /** A set of labels. */
  record OfLabels(BitSet labels) implements Target {}

  /**
   * A tag for each word.
   *
   * @param positions of the words' first tokens; -1 for a word that was cut off or has none
   * @param tags of all words
   */
  @SuppressWarnings("ArrayRecordComponent") // read only
  record OfWords(int[] positions, int[] tags) implements Target {
    @Override
    public int terms() {
      return asked().length;
    }

    /** The positions that there are. */
    public int[] asked() {
      return Arrays.stream(positions).filter(position -> position >= 0).toArray();
    }

    /** The tags of {@link #asked}. */
    public int[] askedTags() {
      int[] found = new int[terms()];
      int at = 0;
      for (int i = 0; i < positions.length; i++) {
        if (positions[i] >= 0) {
          found[at++] = tags[i];
        }
      }
      return found;
    }
  }

  /**
   * The tokens that were hidden.
   *
   * @param masking how they were hidden
   * @param whole the text before
   * @param ids what stood at {@code positions}
   */
  @SuppressWarnings("ArrayRecordComponent") // read only
  record OfMasked(Masking masking, Encoding whole, int[] positions, int[] ids) implements Target {
    @Override
    public int terms() {
      return positions.length;
    }

    /** The same text with other tokens hidden. */
    Row again(SplittableRandom random) {
      return masking.hide(whole, random);
    }
  }
}
