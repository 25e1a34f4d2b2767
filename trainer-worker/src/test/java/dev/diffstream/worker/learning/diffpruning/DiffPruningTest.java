package dev.diffstream.worker.learning.diffpruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import dev.diffstream.base.Base;
import dev.diffstream.base.Overlay;
import dev.diffstream.base.SparseDelta;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.diff.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataLimits;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.EncodedDataSet;
import dev.diffstream.worker.learning.Evaluation;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TrainingSettings;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class DiffPruningTest {
  private static final double DENSITY = 0.05;
  private static final Base BASE = TinyWorld.base();

  @AfterAll
  static void close() {
    BASE.close();
  }

  @Test
  void learnsWhatTheBaseDoesNotKnowWithinItsBudget() {
    LearningTask task = task(42);
    Set<Phase> phases = EnumSet.noneOf(Phase.class);
    LearnedDiff learned =
        new DiffPruning(2).learn(task, (phase, step, steps, loss, share) -> phases.add(phase));

    assertThat(phases)
        .containsExactlyInAnyOrder(Phase.LEARNING_MASK, Phase.PROJECTING, Phase.FIXED_MASK);
    assertThat(learned.nonzeros()).isBetween(1L, (long) task.budget());
    assertThat(learned.figures().get("stage1NonzeroShare")).isBetween(DENSITY, 5 * DENSITY);
    assertThat(BASE.currentDigest()).isEqualTo(BASE.digest());
    for (SparseDelta.Entry entry : learned.delta().entries()) {
      for (float value : entry.values()) {
        assertThat(value).isNotZero().isEqualTo(ValuePrecision.FP16.rounded(value));
      }
    }
    Overlay overlay = new Overlay(BASE);
    overlay.apply(learned.delta());
    Evaluation test =
        Evaluation.of(
            BASE.encoder(), learned.head().toHead(), task.examples(), task.examples().test());
    overlay.restore();
    assertThat(test.score()).isGreaterThan(0.9);
  }

  @Test
  void theSameSeedGivesTheSameBitsForAnyNumberOfThreads() {
    LearnedDiff one = new DiffPruning(1).learn(task(7), (phase, step, steps, loss, share) -> {});
    LearnedDiff three = new DiffPruning(3).learn(task(7), (phase, step, steps, loss, share) -> {});
    assertThat(three.delta()).usingRecursiveComparison().isEqualTo(one.delta());
    assertThat(three.head().weight()).isEqualTo(one.head().weight());
    assertThat(three.figures()).isEqualTo(one.figures());
    LearnedDiff other = new DiffPruning(1).learn(task(8), (phase, step, steps, loss, share) -> {});
    assertThat(other.head().weight()).isNotEqualTo(one.head().weight());
  }

  @Test
  void aListenerMayStopItAndTheBaseIsAsBefore() {
    for (Phase at : List.of(Phase.LEARNING_MASK, Phase.FIXED_MASK)) {
      assertThatThrownBy(
              () ->
                  new DiffPruning(2)
                      .learn(
                          task(1),
                          (phase, step, steps, loss, share) -> {
                            if (phase == at && step == 9) {
                              throw new IllegalStateException("enough");
                            }
                          }))
          .hasMessage("enough");
      assertThat(BASE.currentDigest()).isEqualTo(BASE.digest());
    }
  }

  private static LearningTask task(long seed) {
    MemoryObjectStore store = new MemoryObjectStore();
    store.put("tasks/t/data/x.jsonl", TinyWorld.learnable(200), Map.of());
    TaskSubmitted event = TaskSubmitted.of("t", Objective.CLASSIFICATION, "tasks/t/data/x.jsonl");
    var data =
        new DataSetReader(store, new DataLocation("b", List.of()), DataLimits.DEFAULT).read(event);
    Map<String, JsonNode> given =
        Map.of(
            "seed", DoubleNode.valueOf(seed),
            "stage1Rate", DoubleNode.valueOf(5e-3),
            "stage3Rate", DoubleNode.valueOf(1e-2),
            "headRate", DoubleNode.valueOf(1e-2));
    TrainingSettings settings =
        TrainingSettings.resolve(
                given, DENSITY, data.train().size(), BASE.architecture().maxPositions())
            .settings();
    EncodedDataSet examples =
        EncodedDataSet.of(data, event.objective(), BASE.tokenizer(), settings.maxTokens());
    return new LearningTask(BASE, examples, DENSITY, ValuePrecision.FP16, settings);
  }
}
