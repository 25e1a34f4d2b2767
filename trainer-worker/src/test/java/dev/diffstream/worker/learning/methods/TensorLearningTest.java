package dev.diffstream.worker.learning.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.encoder.Replica;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TinyTask;
import dev.diffstream.worker.learning.evaluation.Evaluation;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import dev.diffstream.worker.learning.steps.BatchGradients;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole methods on a replica: what a GPU runs, run by the processor. */
class TensorLearningTest {
  private static final Base BASE = TinyWorld.base();
  private static final double DENSITY = 0.05;
  private static final LearningProgress SILENT = (phase, step, steps, loss, share) -> {};

  @AfterAll
  static void close() {
    BASE.close();
  }

  @ParameterizedTest
  @CsvSource({
    "diff-pruning, FP32", "diff-pruning, BF16",
    "lottery-ticket, FP32", "lottery-ticket, BF16",
    "fixed-mask, FP32", "fixed-mask, BF16",
    "full, FP32", "head-only, BF16"
  })
  void everyMethodLearnsOnAReplicaAndNeverTouchesTheBase(String name, Compute compute) {
    LearningTask task = TinyTask.of(BASE, 42, Map.of(), List.of(DENSITY));
    LearnedDiff learned;
    try (Replica replica = BASE.replica(ComputeDevice.cpu(), compute)) {
      float[] before = replica.theta().floats();
      learned = method(name).learn(task.on(replica), SILENT);
      assertThat(replica.theta().floats()).isEqualTo(before);
    }
    assertThat(BASE.currentDigest()).isEqualTo(BASE.digest());
    Overlay overlay = new Overlay(BASE);
    overlay.apply(learned.delta());
    Evaluation dev = evaluation(learned, task.examples().dev());
    Evaluation test = evaluation(learned, task.examples().test());
    overlay.restore();
    assertThat(test.score()).isGreaterThan(name.equals("head-only") ? 0.5 : 0.8);
    if (!name.equals("full")) {
      // What the replica evaluated is what the overlay serves.
      assertThat(dev.score())
          .isCloseTo(Objects.requireNonNull(learned.figures().get("devScore")), within(0.03));
    }
  }

  @Test
  void theLastStepsOfALowPrecisionRunOnTheReplicaToo() {
    LearningTask plain = TinyTask.of(BASE, 42, Map.of("roundedSteps", 30), List.of(DENSITY));
    LearningTask task =
        new LearningTask(
            BASE, plain.examples(), plain.densities(), ValuePrecision.INT4, plain.settings());
    try (Replica replica = BASE.replica(ComputeDevice.cpu(), Compute.FP32)) {
      float[] before = replica.theta().floats();
      LearnedDiff learned = method("diff-pruning").learn(task.on(replica), SILENT);
      assertThat(learned.figures()).containsKey("devScoreRounded");
      assertThat(Objects.requireNonNull(learned.figures().get("devScore"))).isGreaterThan(0.8);
      assertThat(replica.theta().floats()).isEqualTo(before);
    }
    assertThat(BASE.currentDigest()).isEqualTo(BASE.digest());
  }

  @ParameterizedTest
  @EnumSource(Compute.class)
  void dropoutIsThatOfTheProcessorsPath(Compute compute) {
    LearningTask task = TinyTask.of(BASE, 3, Map.of("dropout", 0.3), List.of(DENSITY));
    List<EncodedDataSet.Row> rows = task.examples().train().subList(0, 9);
    Head head = task.newHead();
    for (int i = 0; i < head.weight().limit(); i++) {
      head.weight().put(i, (i % 7 - 3) / 10f);
    }
    try (Replica replica = BASE.replica(ComputeDevice.cpu(), compute);
        BatchGradients.Result host = new BatchGradients(task).of(rows, head, 5);
        BatchGradients.Result tensors = new BatchGradients(task.on(replica)).of(rows, head, 5);
        BatchGradients.Result none =
            new BatchGradients(TinyTask.of(BASE, 3, Map.of(), List.of(DENSITY)))
                .of(rows, head, 5)) {
      assertThat(tensors.loss())
          .isCloseTo(host.loss(), within(compute == Compute.FP32 ? 1e-6 : 0.02));
      assertThat(Math.abs(none.loss() - host.loss())).isGreaterThan(1e-3);
    }
  }

  /** Two runs differ by the last bits of a few sums, so the losses do not drift apart far. */
  @ParameterizedTest
  @EnumSource(Compute.class)
  void thePenaltyLeadsToTheSameShareOfOpenGates(Compute compute) {
    LearningTask task = TinyTask.of(BASE, 3, Map.of(), List.of(DENSITY));
    LearnedDiff host = method("diff-pruning").learn(task, SILENT);
    LearnedDiff tensors;
    LearnedDiff again;
    try (Replica replica = BASE.replica(ComputeDevice.cpu(), compute)) {
      tensors = method("diff-pruning").learn(task.on(replica), SILENT);
      again = method("diff-pruning").learn(task.on(replica), SILENT);
    }
    for (String figure : List.of("stage1NonzeroShare", "stage1Loss")) {
      double expected = Objects.requireNonNull(host.figures().get(figure));
      assertThat(Objects.requireNonNull(tensors.figures().get(figure)))
          .isCloseTo(expected, within(Math.max(0.02, 0.1 * expected)));
    }
    assertThat(again.figures()).isEqualTo(tensors.figures());
    assertThat(again.delta()).usingRecursiveComparison().isEqualTo(tensors.delta());
  }

  @ParameterizedTest
  @CsvSource({"diff-pruning", "lottery-ticket", "fixed-mask"})
  void stoppedHalfWayTheReplicaIsAsBefore(String name) {
    LearningTask task = TinyTask.of(BASE, 1, Map.of("patience", 1000), List.of(DENSITY));
    try (Replica replica = BASE.replica(ComputeDevice.cpu(), Compute.FP32)) {
      float[] before = replica.theta().floats();
      for (double share : new double[] {0.2, 0.9}) {
        assertThatThrownBy(
                () ->
                    method(name)
                        .learn(
                            task.on(replica),
                            (phase, step, steps, loss, done) -> {
                              if (done >= share) {
                                throw new IllegalStateException("enough");
                              }
                            }))
            .hasMessage("enough");
        assertThat(replica.theta().floats()).isEqualTo(before);
      }
    }
  }

  private static Evaluation evaluation(LearnedDiff learned, List<EncodedDataSet.Row> rows) {
    LearningTask task = TinyTask.of(BASE, 42, Map.of(), List.of(DENSITY));
    return Evaluation.of(BASE.encoder(), learned.head().toHead(), task.examples(), rows);
  }

  private static LearningMethod method(String name) {
    return LearningMethods.all(2).stream()
        .filter(method -> method.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
