package dev.diffstream.worker.learning.evaluation;

import dev.diffstream.schemas.data.BioTags;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The best that can be said without reading a text: the training rows' most frequent class, tag or
 * token, or the set of their most frequent labels that has the highest micro F1 on them. What a
 * diff scores is compared with it.
 */
final class MajorityBaseline {
  private MajorityBaseline() {}

  /** Its score on {@code rows}. A constant number correlates with nothing: 0. */
  static double score(EncodedDataSet data, List<Row> rows) {
    float[] logits = logits(data);
    Answers answers = Answers.of(data);
    for (Row row : rows) {
      answers.add(row, Collections.nCopies(row.target().terms(), logits));
    }
    return answers.outcome().score();
  }

  /** Logits that say it. */
  private static float[] logits(EncodedDataSet data) {
    float[] logits = new float[data.outputs()];
    double[] counts = data.targetCounts();
    switch (data.objective().labelling()) {
      case CLASS, NONE -> logits[mostFrequent(counts)] = 1;
      case TAGS -> {
        int outside = data.labels().indexOf(BioTags.OUTSIDE);
        logits[
                outside >= 0 && counts[outside] == counts[mostFrequent(counts)]
                    ? outside
                    : mostFrequent(counts)] =
            1;
      }
      case LABEL_SET -> {
        int[] order = byCount(counts);
        int size = bestSize(counts, order, data.train().size());
        for (int i = 0; i < order.length; i++) {
          logits[order[i]] = i < size ? 1 : -1;
        }
      }
      case NUMBER -> logits[0] = 0;
    }
    return logits;
  }

  /** Of the first {@code n} labels by frequency: F1 = 2 right / (n rows + all labels). */
  private static int bestSize(double[] counts, int[] order, int rows) {
    double all = IntStream.of(order).mapToDouble(label -> counts[label]).sum();
    double right = 0;
    double best = -1;
    int size = 0;
    for (int n = 1; n <= order.length; n++) {
      right += counts[order[n - 1]];
      double f1 = 2 * right / ((double) n * rows + all);
      if (f1 > best) {
        best = f1;
        size = n;
      }
    }
    return size;
  }

  private static int mostFrequent(double[] counts) {
    return byCount(counts)[0];
  }

  /** Largest first; of equal ones the later label first. */
  private static int[] byCount(double[] counts) {
    return IntStream.range(0, counts.length)
        .boxed()
        .sorted(
            (a, b) -> {
              int byCount = Double.compare(counts[b], counts[a]);
              return byCount != 0 ? byCount : Integer.compare(b, a);
            })
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
