package dev.diffstream.cli.bench.serve;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.DiffHead;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.cli.exchange.DiffOnBase;
import dev.diffstream.schemas.diff.model.Diff;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** What a task's own model answers: the base with the task's diff in place, by the engine. */
final class Oracle {
  private final Base base;

  Oracle(Base base) {
    this.base = base;
  }

  /** A probability for each label, for each text. */
  List<List<Double>> scores(Diff diff, List<String> texts) {
    List<Encoding> encodings =
        texts.stream()
            .map(text -> base.tokenizer().encode(text, null, diff.metadata().maxTokens()))
            .toList();
    float[][] logits =
        new DiffOnBase(base, diff)
            .overlaid(() -> base.encoder().logits(Batch.of(encodings), DiffHead.of(base, diff)));
    List<List<Double>> scores = new ArrayList<>();
    for (float[] row : logits) {
      scores.add(softmax(row));
    }
    return scores;
  }

  static List<Double> softmax(float[] logits) {
    double max = IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).max().orElse(0);
    double[] powers =
        IntStream.range(0, logits.length).mapToDouble(i -> Math.exp(logits[i] - max)).toArray();
    double sum = 0;
    for (double power : powers) {
      sum += power;
    }
    List<Double> scores = new ArrayList<>();
    for (double power : powers) {
      scores.add(power / sum);
    }
    return scores;
  }

  /** Whether the answers of two tasks to one text cannot be taken for each other. */
  static boolean differ(List<Double> a, List<Double> b, double atLeast) {
    if (a.size() != b.size()) {
      return true;
    }
    return IntStream.range(0, a.size()).anyMatch(i -> Math.abs(a.get(i) - b.get(i)) > atLeast);
  }

  /**
   * Pairs of two tasks and a text to which they answer differently.
   *
   * @param scores by task, then by text
   */
  static long pairs(List<List<List<Double>>> scores, int text, double atLeast) {
    long pairs = 0;
    for (int a = 0; a < scores.size(); a++) {
      for (int b = a + 1; b < scores.size(); b++) {
        pairs += differ(scores.get(a).get(text), scores.get(b).get(text), atLeast) ? 1 : 0;
      }
    }
    return pairs;
  }

  /** The texts on which a sample of tasks differ most, in the order of the candidates. */
  List<String> telling(List<Diff> sample, List<String> candidates, int count, double atLeast) {
    List<List<List<Double>>> scores =
        sample.stream().map(diff -> scores(diff, candidates)).toList();
    List<Integer> best =
        new ArrayList<>(
            IntStream.range(0, candidates.size())
                .boxed()
                .sorted(Comparator.comparingLong(text -> -pairs(scores, text, atLeast)))
                .limit(count)
                .toList());
    Collections.sort(best);
    return best.stream().map(candidates::get).toList();
  }
}
