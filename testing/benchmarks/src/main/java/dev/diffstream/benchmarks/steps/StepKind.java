package dev.diffstream.benchmarks.steps;

import dev.diffstream.base.Base;
import dev.diffstream.base.Head;
import dev.diffstream.base.Parameter;
import dev.diffstream.worker.learning.TrainingSteps;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/** The kinds of training step that are compared, by the share of embedding rows in the data. */
public enum StepKind {
  /** Plain full fine-tuning. */
  FULL("full", 4),
  /** Stage 1 of structured diff pruning. */
  STAGE1("stage1", 4),
  /** Stage 3, half a percent of all positions. */
  STAGE3("stage3", 4),
  /** The same where the data touches every row. */
  FULL_ALL_ROWS("full, all rows", 1),
  /** The same where the data touches every row. */
  STAGE1_ALL_ROWS("stage1, all rows", 1),
  /** The same where the data touches every row. */
  STAGE3_ALL_ROWS("stage3, all rows", 1);

  private static final double DENSITY = 0.005;
  private static final String WORDS = "embeddings.word_embeddings.weight";
  private static final String POSITIONS = "embeddings.position_embeddings.weight";

  private final String text;
  private final int fraction;

  StepKind(String text, int fraction) {
    this.text = text;
    this.fraction = fraction;
  }

  /** The name in the report. */
  public String text() {
    return text;
  }

  /** The word embeddings' rows that its batches use: ids below this. */
  int words(Base base) {
    return base.architecture().vocab() / fraction;
  }

  /** Plain full fine-tuning on the same batches. */
  StepKind reference() {
    return fraction == 1 ? FULL_ALL_ROWS : FULL;
  }

  boolean full() {
    return this == reference();
  }

  boolean stage3() {
    return this == STAGE3 || this == STAGE3_ALL_ROWS;
  }

  /** The embedding rows that have state. */
  Map<String, int[]> rows(Base base) {
    return Map.of(
        WORDS,
        IntStream.range(0, words(base)).toArray(),
        POSITIONS,
        IntStream.range(0, StepCosts.LENGTH).toArray());
  }

  /** Positions of stage 3. */
  static int maskSize(Base base) {
    return (int) (DENSITY * base.parameters().stream().mapToLong(Parameter::size).sum());
  }

  TrainingSteps start(Base base, Head head, int threads) {
    if (full()) {
      return TrainingSteps.full(base, head, threads);
    }
    return stage3()
        ? TrainingSteps.stage3(base, head, rows(base), maskSize(base), threads)
        : TrainingSteps.stage1(base, head, rows(base), threads);
  }

  static StepKind of(String text) {
    return Arrays.stream(values()).filter(kind -> kind.text.equals(text)).findFirst().orElseThrow();
  }
}
