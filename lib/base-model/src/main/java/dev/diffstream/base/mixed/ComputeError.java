package dev.diffstream.base.mixed;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.mixed.MixedPass.Request;
import java.util.ArrayList;
import java.util.List;

/**
 * How far a pass is from one in fp32: the largest difference of a feature that heads see, over some
 * texts, as a share of the features' root mean square.
 */
public final class ComputeError {
  private ComputeError() {}

  /**
   * @param pass over {@code base}; no other thread uses it
   * @param texts at least one
   */
  public static double of(Base base, MixedPass pass, List<String> texts) {
    try (KernelPass exact = new KernelPass(base, 1)) {
      float[][] expected = features(base, exact, texts);
      float[][] actual = features(base, pass, texts);
      double largest = 0;
      double squares = 0;
      int count = 0;
      for (int text = 0; text < expected.length; text++) {
        for (int i = 0; i < expected[text].length; i++) {
          largest = Math.max(largest, Math.abs(expected[text][i] - actual[text][i]));
          squares += (double) expected[text][i] * expected[text][i];
          count++;
        }
      }
      return largest / Math.sqrt(squares / count);
    }
  }

  /** The features of each text, by a head that gives them as they are. */
  private static float[][] features(Base base, MixedPass pass, List<String> texts) {
    int width = base.encoder().featureCount(false);
    Head identity = new Head(width, width);
    for (int i = 0; i < width; i++) {
      identity.weight().put(i * width + i, 1);
    }
    PreparedDelta nothing = pass.prepare(new SparseDelta(List.of()));
    List<Request> requests = new ArrayList<>();
    for (String text : texts) {
      requests.add(
          new Request(
              base.tokenizer().encode(text, null, base.maxTextTokens()), nothing, identity, null));
    }
    float[][] features =
        pass.logits(requests).stream().map(rows -> rows[0]).toArray(float[][]::new);
    nothing.release();
    return features;
  }
}
