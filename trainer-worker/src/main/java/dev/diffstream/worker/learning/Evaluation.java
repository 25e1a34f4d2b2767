package dev.diffstream.worker.learning;

import dev.diffstream.base.Encoder;
import dev.diffstream.base.Head;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.worker.learning.EncodedDataSet.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How well the base as it stands, with a head, answers labelled rows.
 *
 * @param score accuracy for classes; Pearson's correlation for numbers
 * @param loss mean loss, to tell equal scores apart
 */
public record Evaluation(double score, double loss) implements Comparable<Evaluation> {
  private static final int BATCH = 32;

  /** Better is greater: by score, then by lower loss. */
  @Override
  public int compareTo(Evaluation other) {
    int byScore = Double.compare(score, other.score);
    return byScore != 0 ? byScore : Double.compare(other.loss, loss);
  }

  public static Evaluation of(Encoder encoder, Head head, EncodedDataSet data, List<Row> rows) {
    List<float[]> logits = new ArrayList<>();
    for (int from = 0; from < rows.size(); from += BATCH) {
      logits.addAll(
          List.of(
              encoder.logits(
                  data.batch(rows.subList(from, Math.min(rows.size(), from + BATCH))), head)));
    }
    return data.objective().real() ? numbers(logits, rows) : classes(logits, rows);
  }

  /**
   * Share of the most frequent class; 0 for numbers, whose constant prediction correlates with
   * nothing.
   */
  public static double majority(Objective objective, List<Row> train, List<Row> rows) {
    if (objective.real()) {
      return 0;
    }
    Map<Float, Integer> counts = new HashMap<>();
    train.forEach(row -> counts.merge(row.target(), 1, Integer::sum));
    float most =
        counts.entrySet().stream()
            .max(
                Map.Entry.<Float, Integer>comparingByValue()
                    .thenComparing(Map.Entry.comparingByKey()))
            .orElseThrow()
            .getKey();
    return rows.stream().filter(row -> row.target() == most).count() / (double) rows.size();
  }

  private static Evaluation classes(List<float[]> logits, List<Row> rows) {
    int right = 0;
    double loss = 0;
    for (int i = 0; i < rows.size(); i++) {
      float[] scores = logits.get(i);
      int target = (int) rows.get(i).target();
      int best = 0;
      double sum = 0;
      double max = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < scores.length; c++) {
        best = scores[c] > scores[best] ? c : best;
        max = Math.max(max, scores[c]);
      }
      for (float score : scores) {
        sum += Math.exp(score - max);
      }
      right += best == target ? 1 : 0;
      loss += Math.log(sum) + max - scores[target];
    }
    return new Evaluation(right / (double) rows.size(), loss / rows.size());
  }

  private static Evaluation numbers(List<float[]> logits, List<Row> rows) {
    int n = rows.size();
    double meanX = logits.stream().mapToDouble(x -> x[0]).average().orElse(0);
    double meanY = rows.stream().mapToDouble(Row::target).average().orElse(0);
    double xx = 0;
    double yy = 0;
    double xy = 0;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double x = logits.get(i)[0] - meanX;
      double y = rows.get(i).target() - meanY;
      xx += x * x;
      yy += y * y;
      xy += x * y;
      double miss = logits.get(i)[0] - rows.get(i).target();
      squares += miss * miss;
    }
    return new Evaluation(xx == 0 || yy == 0 ? 0 : xy / Math.sqrt(xx * yy), squares / n);
  }
}
