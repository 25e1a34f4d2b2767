package dev.diffstream.benchmarks.steps;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.worker.learning.methods.TrainingSteps;
import java.util.Map;
import java.util.stream.IntStream;

/** The kinds of training step that are compared. */
public enum StepKind {
  /** Plain full fine-tuning: Adam on every parameter. */
  FULL("full"),
  /** Stage 1 of structured diff pruning: weights and gates. */
  STAGE1("stage1"),
  /** Stage 3: half a percent of all positions, the mask fixed. */
  STAGE3("stage3");

  private static final double DENSITY = 0.005;

  private final String text;

  StepKind(String text) {
    this.text = text;
  }

  /** The name in the report and on the command line. */
  public String text() {
    return text;
  }

  /** Positions of stage 3. */
  static int maskSize(Base base) {
    return (int) (DENSITY * base.parameters().stream().mapToLong(Parameter::size).sum());
  }

  TrainingSteps start(Base base, Head head, EmbeddingRows rows, int threads) {
    return switch (this) {
      case FULL -> TrainingSteps.full(base, head, threads);
      case STAGE1 -> TrainingSteps.stage1(base, head, rows.withState(base), threads);
      case STAGE3 -> TrainingSteps.stage3(base, head, rows.withState(base), maskSize(base));
    };
  }

  /** How many of the embedding rows the data uses: what it leaves alone needs no state. */
  public enum EmbeddingRows {
    /** A quarter of all words, and the positions of the batch. */
    QUARTER,
    /** Every row of every matrix. */
    ALL;

    /** Token ids are below this. */
    int words(Base base) {
      return this == ALL ? base.architecture().vocab() : base.architecture().vocab() / 4;
    }

    Map<String, int[]> withState(Base base) {
      return this == ALL
          ? Map.of()
          : Map.of(
              "embeddings.word_embeddings.weight",
              IntStream.range(0, words(base)).toArray(),
              "embeddings.position_embeddings.weight",
              IntStream.range(0, StepBatches.length(base)).toArray());
    }
  }
}
