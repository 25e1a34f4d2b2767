package dev.diffstream.worker.learning.stages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TinyTask;
import dev.diffstream.worker.learning.evaluation.Evaluation;
import dev.diffstream.worker.learning.methods.LearningMethods;
import dev.diffstream.worker.learning.parameters.FloatArray;
import dev.diffstream.worker.learning.parameters.MaskedState;
import dev.diffstream.worker.learning.parameters.Theta;
import dev.diffstream.worker.learning.steps.Meter;
import java.lang.foreign.Arena;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LowPrecisionTest {
  private static final Base BASE = TinyWorld.base();
  private static final LearningTask TASK = TinyTask.of(BASE, 42, Map.of(), List.of(0.05));
  private static LearnedDiff learned =
      new LearnedDiff(new SparseDelta(List.of()), HeadValues.of(TASK.newHead()), Map.of());

  @BeforeAll
  static void learn() {
    LearningMethod method = LearningMethods.of("diff-pruning", LearningMethods.all(2));
    learned = method.learn(with(ValuePrecision.FP32), (phase, step, steps, loss, share) -> {});
  }

  @AfterAll
  static void close() {
    BASE.close();
  }

  @ParameterizedTest
  @EnumSource
  void whatIsGivenBackIsRoundedAndScoresAsItSays(ValuePrecision precision) {
    LearnedDiff rounded = rounded(precision);
    assertThat(BASE.currentDigest()).isEqualTo(BASE.digest());
    assertThat(rounded.nonzeros()).isPositive().isLessThanOrEqualTo(learned.nonzeros());
    for (SparseDelta.Entry entry : rounded.delta().entries()) {
      assertThat(precision.rounded(entry.values())).containsExactly(entry.values());
    }
    if (precision.fitted()) {
      assertThat(rounded.figures()).containsKeys("devScoreRounded", "roundedBestStep");
      assertThat(rounded.figures().get("devScore"))
          .isGreaterThanOrEqualTo(rounded.figures().get("devScoreRounded"))
          .isCloseTo(dev(rounded), within(1e-9));
    }
  }

  @Test
  void theStepsAreTheSameAgain() {
    LearnedDiff first = rounded(ValuePrecision.INT4);
    LearnedDiff again = rounded(ValuePrecision.INT4);
    assertThat(again).usingRecursiveComparison().isEqualTo(first);
  }

  /** The gradient reaches the values before rounding, which then leave their number. */
  @Test
  void stepsPassStraightThroughTheRounding() {
    Arena memory = Arena.ofShared();
    MaskedState mask = MaskedState.of(Theta.of(BASE), TASK.slabs(), learned.delta(), memory);
    try {
      float[] before = mask.snapshot();
      mask.serveRounded(ValuePrecision.INT1);
      assertThat(mask.snapshot()).containsExactly(before);
      assertThat(served(mask, memory)).isNotEqualTo(before);
      List<FloatBuffer> gradients =
          BASE.parameters().stream()
              .map(parameter -> FloatBuffer.wrap(ones(parameter.size())))
              .toList();
      mask.advance(Gradients.of(gradients), 1e-3);
      float[] moved = mask.snapshot();
      for (int i = 0; i < moved.length; i++) {
        assertThat(moved[i]).isLessThan(before[i]);
      }
      mask.load(FloatArray.of(memory, moved), ValuePrecision.FP32);
      assertThat(served(mask, memory)).containsExactly(moved);
    } finally {
      mask.restore();
      memory.close();
    }
  }

  private static float[] served(MaskedState mask, Arena memory) {
    FloatArray served = FloatArray.zeros(memory, mask.size());
    mask.served(served);
    return served.toArray();
  }

  private static float[] ones(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static LearnedDiff rounded(ValuePrecision precision) {
    LearningTask task = with(precision);
    Meter meter =
        new Meter(Math.max(1, LowPrecision.steps(task)), (phase, step, steps, loss, share) -> {});
    return new LowPrecision(task, task.slabs(), meter).of(learned);
  }

  private static LearningTask with(ValuePrecision precision) {
    return new LearningTask(BASE, TASK.examples(), TASK.densities(), precision, TASK.settings());
  }

  private static double dev(LearnedDiff diff) {
    Overlay overlay = new Overlay(BASE);
    overlay.apply(diff.delta());
    try {
      return Evaluation.of(
              BASE.encoder(), diff.head().toHead(), TASK.examples(), TASK.examples().dev())
          .score();
    } finally {
      overlay.restore();
    }
  }
}
