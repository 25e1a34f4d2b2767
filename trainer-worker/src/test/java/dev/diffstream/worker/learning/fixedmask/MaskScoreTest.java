package dev.diffstream.worker.learning.fixedmask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TinyTask;
import dev.diffstream.worker.learning.parameters.FloatArray;
import dev.diffstream.worker.learning.parameters.Slab;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import dev.diffstream.worker.learning.steps.Meter;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The scores against their definitions, one example at a time. */
class MaskScoreTest {
  private static final Base BASE = TinyWorld.base();

  private final Arena memory = Arena.ofShared();
  private final LearningTask task = TinyTask.of(BASE, 3, Map.of(), List.of(0.05));
  private final List<Slab> slabs = task.slabs();
  private final Head head = head();

  @AfterAll
  static void close() {
    BASE.close();
  }

  @AfterEach
  void freeMemory() {
    memory.close();
  }

  @Test
  void scoresAreThoseOfTheirDefinitions() {
    double[] squares = new double[Slab.total(slabs)];
    double[] sum = new double[Slab.total(slabs)];
    for (Row row : task.examples().train()) {
      List<Row> one = List.of(row);
      try (Gradients gradients =
          BASE.encoder().step(task.examples().batch(one), head, task.examples().targets(one))) {
        for (Slab slab : slabs) {
          for (int i = 0; i < slab.length(); i++) {
            double g = gradients.parameters().get(slab.parameter()).get(slab.offset() + i);
            squares[slab.state() + i] += g * g;
            sum[slab.state() + i] += g;
          }
        }
      }
    }
    FloatArray copy = FloatArray.zeros(memory, Slab.total(slabs));
    Slab.copy(slabs, BASE.parameters(), copy);
    float[] theta = copy.toArray();
    float[] fish = scores(MaskScore.FISH);
    float[] grad = scores(MaskScore.GRAD);
    float[] snip = scores(MaskScore.SNIP);
    float[] wm = scores(MaskScore.WM);
    for (int i = 0; i < theta.length; i++) {
      assertThat((double) fish[i]).isCloseTo(squares[i], within(1e-4 * (1 + squares[i])));
      assertThat((double) grad[i]).isCloseTo(sum[i], within(1e-3));
      assertThat((double) snip[i]).isCloseTo(theta[i] * sum[i], within(1e-3));
      assertThat(wm[i]).isEqualTo(theta[i]);
    }
  }

  @Test
  void randomScoresDifferBySeedAndLeaveNoValueOut() {
    float[] scores = scores(MaskScore.RAND);
    assertThat(scores).isEqualTo(scores(MaskScore.RAND));
    long values = 0;
    for (float score : scores) {
      values += score != 0 ? 1 : 0;
    }
    assertThat(values).isEqualTo(Slab.values(slabs));
    LearningTask other = TinyTask.of(BASE, 4, Map.of(), List.of(0.05));
    FloatArray none = FloatArray.of(memory);
    assertThat(MaskScore.RAND.scores(other, slabs, none, memory).toArray()).isNotEqualTo(scores);
  }

  @Test
  void gradientsThatAreNoNumbersScoreNothing() {
    head.weight().put(0, Float.NaN);
    assertThatThrownBy(() -> scores(MaskScore.SNIP))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.QUALITY_GATE_FAILED))
        .hasMessageContaining("behind 0 of");
  }

  private float[] scores(MaskScore score) {
    GradientSums sums = score.sums(task, slabs, memory);
    sums.add(head, meter(), () -> {});
    return score.scores(task, slabs, sums.values(), memory).toArray();
  }

  private static Meter meter() {
    return new Meter(1_000, (phase, step, steps, loss, share) -> {});
  }

  /** Not zero: else no gradient reaches the base. */
  private Head head() {
    Head made = task.newHead();
    for (int i = 0; i < made.weight().limit(); i++) {
      made.weight().put(i, (i % 7 - 3) / 10f);
    }
    return made;
  }
}
