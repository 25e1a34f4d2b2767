package dev.diffstream.base.input;

import java.util.List;

/** Single tokens of a batch's examples, for which a head gives one row of logits each, in order. */
@SuppressWarnings("ArrayRecordComponent") // read once, by the call that it is made for
public record TokenSelection(int[] examples, int[] positions) {
  public TokenSelection {
    if (examples.length != positions.length) {
      throw new IllegalArgumentException(
          "%d examples for %d positions".formatted(examples.length, positions.length));
    }
  }

  /**
   * @param positions the selected tokens of each example, in the batch's order
   */
  public static TokenSelection of(List<int[]> positions) {
    int size = positions.stream().mapToInt(selected -> selected.length).sum();
    int[] examples = new int[size];
    int[] flat = new int[size];
    int at = 0;
    for (int example = 0; example < positions.size(); example++) {
      for (int position : positions.get(example)) {
        examples[at] = example;
        flat[at++] = position;
      }
    }
    return new TokenSelection(examples, flat);
  }

  /** Number of tokens. */
  public int size() {
    return examples.length;
  }

  /**
   * Indices of the selected tokens among the rows of the batch's hidden states (sequences x
   * length).
   *
   * @throws IllegalArgumentException if a token lies outside the batch, or the batch has pairs
   */
  public long[] rows(Batch batch) {
    if (!(batch instanceof TokenBatch tokens) || batch.pairs()) {
      throw new IllegalArgumentException(
          "single tokens can be selected of texts only, not of pairs or tensors");
    }
    long[] rows = new long[size()];
    for (int i = 0; i < rows.length; i++) {
      if (examples[i] < 0
          || examples[i] >= batch.size()
          || positions[i] < 0
          || positions[i] >= tokens.length()) {
        throw new IllegalArgumentException(
            "token %d of example %d, the batch has %d examples of %d tokens"
                .formatted(positions[i], examples[i], batch.size(), tokens.length()));
      }
      rows[i] = (long) examples[i] * tokens.length() + positions[i];
    }
    return rows;
  }
}
