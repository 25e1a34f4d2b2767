package dev.diffstream.worker.metrics;

import dev.diffstream.schemas.data.BioTags;
import dev.diffstream.schemas.data.BioTags.Span;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A tag a word: F1, precision and recall of entities over all rows, each right when its type, begin
 * and end are. Tags are read as {@link BioTags#spans} does, and as conlleval and seqeval do. 0
 * where there is nothing to divide by.
 */
public final class EntityOutcome extends Outcome {
  private final int[] expected;
  private final int[] answered;
  private final int[] right;

  /**
   * @param expectedTags and {@code answeredTags}: of each word of each row
   */
  public EntityOutcome(List<List<String>> expectedTags, List<List<String>> answeredTags) {
    super(expectedTags.size(), Set.of());
    expected = new int[rows()];
    answered = new int[rows()];
    right = new int[rows()];
    for (int i = 0; i < rows(); i++) {
      Set<Span> wanted = new HashSet<>(BioTags.spans(expectedTags.get(i)));
      Set<Span> given = new HashSet<>(BioTags.spans(answeredTags.get(i)));
      expected[i] = wanted.size();
      answered[i] = given.size();
      given.retainAll(wanted);
      right[i] = given.size();
    }
    metric("entityF1", times -> f1(sum(right, times), sum(answered, times), sum(expected, times)));
    metric("precision", times -> share(sum(right, times), sum(answered, times)));
    metric("recall", times -> share(sum(right, times), sum(expected, times)));
  }

  private static double sum(int[] counts, int[] times) {
    double sum = 0;
    for (int i = 0; i < counts.length; i++) {
      sum += (double) counts[i] * times[i];
    }
    return sum;
  }
}
