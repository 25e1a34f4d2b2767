package dev.diffstream.worker.learning.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TinyTask;
import dev.diffstream.worker.learning.TrainingSettings;
import dev.diffstream.worker.learning.evaluation.Evaluation;
import dev.diffstream.worker.learning.stages.DensityChoice;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every method must keep to. */
class LearningMethodTest {
  private static final double DENSITY = 0.05;
  private static final Base BASE = TinyWorld.base();

  /** For what does not depend on how well it has learned. */
  private static final Map<String, Object> FEW_STEPS =
      Map.of("stage3Steps", 30, "fullSteps", 30, "headSteps", 15);

  private static final LearningProgress SILENT = (phase, step, steps, loss, share) -> {};

  @AfterAll
  static void close() {
    BASE.close();
  }

  static Stream<Arguments> methods() {
    return Stream.of(
            Map.entry("diff-pruning", Map.<String, Object>of()),
            Map.entry("diff-pruning", Map.<String, Object>of("structured", false)),
            Map.entry("diff-pruning", Map.<String, Object>of("dropout", 0.1)),
            Map.entry("lottery-ticket", Map.<String, Object>of()),
            Map.entry("fixed-mask", Map.<String, Object>of("maskScore", "fish")),
            Map.entry("fixed-mask", Map.<String, Object>of("maskScore", "snip")),
            Map.entry("fixed-mask", Map.<String, Object>of("maskScore", "grad")),
            Map.entry("fixed-mask", Map.<String, Object>of("maskScore", "wm")),
            Map.entry("fixed-mask", Map.<String, Object>of("maskScore", "rand")),
            Map.entry("full", Map.<String, Object>of()),
            Map.entry("head-only", Map.<String, Object>of()))
        .map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void learnsWithinItsBudgetAndLeavesTheBaseAsItWas(String name, Map<String, Object> settings) {
    LearningTask task = task(42, settings, List.of(DENSITY));
    LearningMethod method = method(name, 2);
    LearnedDiff learned = method.learn(task, SILENT);
    assertThat(BASE.currentDigest()).isEqualTo(BASE.digest());
    if (method.publishes()) {
      assertThat(learned.nonzeros()).isBetween(1L, (long) task.budget(DENSITY));
      for (SparseDelta.Entry entry : learned.delta().entries()) {
        for (float value : entry.values()) {
          assertThat(value)
              .isNotZero()
              .isEqualTo(Float.float16ToFloat(Float.floatToFloat16(value)));
        }
      }
    }
    Overlay overlay = new Overlay(BASE);
    overlay.apply(learned.delta());
    Evaluation test =
        Evaluation.of(
            BASE.encoder(), learned.head().toHead(), task.examples(), task.examples().test());
    Evaluation dev =
        Evaluation.of(
            BASE.encoder(), learned.head().toHead(), task.examples(), task.examples().dev());
    overlay.restore();
    assertThat(test.score()).isGreaterThan(name.equals("head-only") ? 0.5 : 0.8);
    assertThat(learned.figures()).containsKey("devScore");
    if (!method.publishes()) {
      // Published values are rounded after the score was taken.
      assertThat(dev.score()).isEqualTo(learned.figures().get("devScore"));
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void theSameSeedGivesTheSameBitsForAnyNumberOfThreads(String name, Map<String, Object> settings) {
    Map<String, Object> few = new HashMap<>(settings);
    few.putAll(FEW_STEPS);
    LearnedDiff one = method(name, 1).learn(task(7, few, List.of(DENSITY)), SILENT);
    LearnedDiff three = method(name, 3).learn(task(7, few, List.of(DENSITY)), SILENT);
    assertThat(three.delta()).usingRecursiveComparison().isEqualTo(one.delta());
    assertThat(three.head().weight()).isEqualTo(one.head().weight());
    assertThat(three.figures()).isEqualTo(one.figures());
    LearnedDiff other = method(name, 1).learn(task(8, few, List.of(DENSITY)), SILENT);
    assertThat(other.head().weight()).isNotEqualTo(one.head().weight());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aListenerMayStopItAtAnyStageAndTheBaseIsAsBefore(String name, Map<String, Object> settings) {
    Map<String, Object> patient = new HashMap<>(settings);
    patient.putAll(FEW_STEPS);
    patient.put("patience", 1000);
    LearningTask task = task(1, patient, List.of(DENSITY));
    for (double share : new double[] {0.1, 0.5, 0.9}) {
      assertThatThrownBy(
              () ->
                  method(name, 2)
                      .learn(
                          task,
                          (phase, step, steps, loss, done) -> {
                            if (done >= share) {
                              throw new IllegalStateException("enough");
                            }
                          }))
          .hasMessage("enough");
      assertThat(BASE.currentDigest()).isEqualTo(BASE.digest());
    }
  }

  @Test
  void ofSeveralDensitiesTheLeastThatIsAboutAsGoodIsTaken() {
    List<Double> densities = List.of(0.0005, 0.05, 0.1);
    LearningTask task = task(42, Map.of(), densities);
    LearnedDiff learned = method("diff-pruning", 2).learn(task, SILENT);
    double density = Objects.requireNonNull(learned.figures().get("density"));
    assertThat(densities).contains(density);
    assertThat(learned.nonzeros()).isLessThanOrEqualTo(task.budget(density));
    assertThat(DensityChoice.of(List.of(0.9, 0.9051, 0.91))).isEqualTo(1);
    assertThat(DensityChoice.of(List.of(0.9, 0.904, 0.9))).isZero();
    assertThat(DensityChoice.of(List.of(0.1, 0.2, 0.9))).isEqualTo(2);
  }

  @Test
  void ratesThatAreTooHighEndTheRunWithAReasonAndTheBaseAsItWas() {
    LearningTask task =
        task(1, Map.of("fullRate", 1.0, "stage1Rate", 1.0, "headRate", 1.0), List.of(DENSITY));
    LearningTask wild =
        new LearningTask(
            BASE, task.examples(), task.densities(), task.precision(), wildRates(task.settings()));
    for (String name : List.of("diff-pruning", "full")) {
      assertThatThrownBy(() -> method(name, 2).learn(wild, SILENT))
          .isInstanceOfSatisfying(
              DiffstreamException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.QUALITY_GATE_FAILED))
          .hasMessageContaining("3 steps")
          .hasMessageContaining("headRate");
      assertThat(BASE.currentDigest()).isEqualTo(BASE.digest());
    }
  }

  /** Far above what a task may ask for, so that floats overflow at once. */
  private static TrainingSettings wildRates(TrainingSettings s) {
    return new TrainingSettings(
        s.seed(),
        s.batchSize(),
        s.maxTokens(),
        s.stage1Steps(),
        1e38,
        s.gateRate(),
        s.lambda(),
        s.targetShare(),
        s.stage3Steps(),
        1e38,
        s.roundedSteps(),
        s.roundedRate(),
        1e38,
        s.patience(),
        s.structured(),
        s.fullSteps(),
        1e38,
        s.maskScore(),
        s.headSteps(),
        s.scoreRows(),
        s.dropout(),
        s.compute());
  }

  @Test
  void onlyWhatPublishesMayBeAskedFor() {
    List<LearningMethod> all = LearningMethods.all(1);
    assertThat(LearningMethods.of("fixed-mask", all).name()).isEqualTo("fixed-mask");
    for (String name : List.of("full", "head-only", "lora")) {
      assertThatThrownBy(() -> LearningMethods.of(name, all))
          .isInstanceOfSatisfying(
              DiffstreamException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT))
          .hasMessageContaining("[diff-pruning, lottery-ticket, fixed-mask]")
          .hasMessageContaining(name);
    }
  }

  @Test
  void aScoreThatDoesNotExistIsRefused() {
    assertThatThrownBy(
            () ->
                method("fixed-mask", 1)
                    .learn(task(1, Map.of("maskScore", "luck"), List.of(DENSITY)), SILENT))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT))
        .hasMessageContaining("fish, snip, grad, wm, rand");
  }

  private static LearningMethod method(String name, int threads) {
    return LearningMethods.all(threads).stream()
        .filter(method -> method.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static LearningTask task(
      long seed, Map<String, Object> settings, List<Double> densities) {
    return TinyTask.of(BASE, seed, settings, densities);
  }
}
