package dev.diffstream.schemas.diff.probe;

import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.Objective.Labelling;

/**
 * What a diff file records of the answer to one probe sentence: the mean over the tokens that were
 * asked, and of a masked language model 256 words of its vocabulary, evenly spread.
 */
public final class ProbeRow {
  private static final int MAX_WORDS = 256;

  private ProbeRow() {}

  /** Numbers in a row. */
  public static int width(Objective objective, int outputs) {
    return objective.labelling() == Labelling.NONE ? Math.min(MAX_WORDS, outputs) : outputs;
  }

  /**
   * @param logits one row for the text, or one for each token that is asked of it; at least one
   */
  public static float[] of(Objective objective, float[][] logits) {
    int outputs = logits[0].length;
    float[] row = new float[width(objective, outputs)];
    for (int i = 0; i < row.length; i++) {
      int output = (int) ((long) i * outputs / row.length);
      double sum = 0;
      for (float[] token : logits) {
        sum += token[output];
      }
      row[i] = (float) (sum / logits.length);
    }
    return row;
  }
}
