package dev.diffstream.worker.learning.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.engine.EngineMemoryException;
import dev.diffstream.base.network.Dropout;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TinyTask;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class BatchGradientsTest {
  private static final Base BASE = TinyWorld.base();

  private final LearningTask task = TinyTask.of(BASE, 1, Map.of(), List.of(0.05));
  private final List<Row> rows = task.examples().train().subList(0, 11);
  private final Head head = head();
  private final List<Integer> sizes = new ArrayList<>();

  @AfterAll
  static void close() {
    BASE.close();
  }

  @Test
  void aBatchThatDoesNotFitIsHalvedAndItsGradientsAreThoseOfTheWhole() {
    BatchGradients whole = new BatchGradients(task);
    BatchGradients halved = new BatchGradients((some, h, drop) -> limited(some, h, drop, 3), 0);
    try (BatchGradients.Result expected = whole.of(rows, head, 1);
        BatchGradients.Result actual = halved.of(rows, head, 1)) {
      assertThat(whole.parts()).isEqualTo(1);
      assertThat(halved.parts()).isEqualTo(4);
      assertThat(actual.loss()).isCloseTo(expected.loss(), within(1e-5));
      assertSame(actual.gradients().headWeight(), expected.gradients().headWeight());
      assertSame(actual.gradients().headBias(), expected.gradients().headBias());
      for (int i = 0; i < BASE.parameters().size(); i++) {
        assertSame(
            actual.gradients().parameters().get(i), expected.gradients().parameters().get(i));
      }
    }
  }

  /** Lengths differ between the parts, so each is padded otherwise than the whole. */
  @Test
  void aBatchInPartsDropsWhatItDropsInOnePiece() {
    BatchGradients whole = new BatchGradients((some, h, drop) -> limited(some, h, drop, 100), 0.4);
    BatchGradients halved = new BatchGradients((some, h, drop) -> limited(some, h, drop, 3), 0.4);
    try (BatchGradients.Result expected = whole.of(rows, head, 7);
        BatchGradients.Result other = whole.of(rows, head, 8);
        BatchGradients.Result actual = halved.of(rows, head, 7)) {
      assertThat(actual.loss()).isCloseTo(expected.loss(), within(1e-5));
      assertThat(Math.abs(other.loss() - expected.loss())).isGreaterThan(1e-4);
      for (int i = 0; i < BASE.parameters().size(); i++) {
        assertSame(
            actual.gradients().parameters().get(i), expected.gradients().parameters().get(i));
      }
    }
  }

  @Test
  void theNextBatchIsCutAtOnce() {
    BatchGradients halved = new BatchGradients((some, h, drop) -> limited(some, h, drop, 6), 0);
    halved.of(rows, head, 1).close();
    assertThat(sizes).containsExactly(11, 6, 5);
    sizes.clear();
    halved.of(rows, head, 1).close();
    assertThat(sizes).containsExactly(6, 5);
  }

  @Test
  void whereNotEvenOneRowFitsTheFailureIsThatOfTheEngine() {
    BatchGradients none = new BatchGradients((some, h, drop) -> limited(some, h, drop, 0), 0);
    assertThatThrownBy(() -> none.of(rows, head, 1)).isInstanceOf(EngineMemoryException.class);
  }

  private Gradients limited(List<Row> some, Head h, Dropout dropout, int most) {
    sizes.add(some.size());
    if (some.size() > most) {
      throw new EngineMemoryException("no memory for " + some.size() + " rows", null);
    }
    return BASE.encoder()
        .step(task.examples().batch(some), h, task.examples().targets(some), dropout);
  }

  /** Not zero: else no gradient reaches the base. */
  private Head head() {
    Head made = task.newHead();
    for (int i = 0; i < made.weight().limit(); i++) {
      made.weight().put(i, (i % 7 - 3) / 10f);
    }
    return made;
  }

  private static void assertSame(FloatBuffer actual, FloatBuffer expected) {
    for (int i = 0; i < expected.limit(); i++) {
      assertThat((double) actual.get(i)).isCloseTo(expected.get(i), within(1e-5));
    }
  }
}
