package dev.diffstream.worker.metrics;

import java.util.Set;

/**
 * Tokens that were hidden: the share that was found again. A row's tokens hang together, so the
 * interval is drawn over rows.
 */
public final class TokenOutcome extends Outcome {
  /**
   * @param right tokens found again, by row
   * @param asked tokens hidden, by row
   */
  public TokenOutcome(int[] right, int[] asked) {
    super(right.length, Set.of());
    int[] hits = right.clone();
    int[] all = asked.clone();
    metric(
        "tokenAccuracy",
        times -> {
          double found = 0;
          double hidden = 0;
          for (int i = 0; i < hits.length; i++) {
            found += (double) times[i] * hits[i];
            hidden += (double) times[i] * all[i];
          }
          return share(found, hidden);
        });
  }
}
