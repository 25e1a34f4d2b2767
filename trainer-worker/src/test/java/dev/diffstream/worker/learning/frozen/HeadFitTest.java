package dev.diffstream.worker.learning.frozen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.network.Dropout;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.data.Example;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TinyTask;
import dev.diffstream.worker.learning.TrainingSettings;
import dev.diffstream.worker.learning.evaluation.Evaluation;
import dev.diffstream.worker.learning.headonly.HeadOnly;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Heads over cached features, against the engine's own answers, losses and gradients. */
class HeadFitTest {
  private static final Base BASE = TinyWorld.base();
  private static final String[] WORDS = {"the", "man", "is", "eating", "cat", "sat", "on", "mat"};

  private final Random random = new Random(5);

  @AfterAll
  static void close() {
    BASE.close();
  }

  @ParameterizedTest
  @EnumSource(value = Objective.class, mode = EnumSource.Mode.EXCLUDE, names = "MASKED_LM")
  void theHeadSaysInTheEngineWhatItSaidOfCachedFeatures(Objective objective) {
    LearningTask task = task(objective);
    HeadFit fit = HeadFit.of(task);
    Evaluation engine =
        Evaluation.of(BASE.encoder(), fit.head().toHead(), task.examples(), task.examples().dev());

    assertThat(fit.dev().score()).isCloseTo(engine.score(), within(1e-6));
    assertThat(fit.dev().loss()).isCloseTo(engine.loss(), within(1e-4));
    assertThat(fit.dev().score())
        .isGreaterThan(Evaluation.majority(task.examples(), task.examples().dev()));
    assertThat(fit.rows()).isEqualTo(task.examples().train().size());
  }

  @ParameterizedTest
  @EnumSource(value = Objective.class, mode = EnumSource.Mode.EXCLUDE, names = "MASKED_LM")
  void lossAndGradientAreTheEngines(Objective objective) {
    EncodedDataSet data = task(objective).examples();
    List<EncodedDataSet.Row> rows = data.train().subList(0, 16);
    Head head = randomHead(data);
    HeadValues values = HeadValues.of(head);
    FrozenFeatures features = FrozenFeatures.of(BASE.encoder(), data, rows, () -> {});
    double loss = 0;
    float[] gradient = new float[data.outputs()];
    int terms = 0;
    for (EncodedDataSet.Row row : rows) {
      List<HeadLoss> losses = HeadLoss.of(row.target(), data.outputs());
      for (int i = 0; i < losses.size(); i++) {
        float[] logits = plainLogits(values, features.of(row).get(i));
        loss += losses.get(i).gradient(logits);
        for (int o = 0; o < logits.length; o++) {
          gradient[o] += logits[o];
        }
        terms++;
      }
    }

    try (Gradients engine =
        BASE.encoder().headStep(data.batch(rows), head, data.targets(rows), Dropout.NONE)) {
      assertThat(loss / terms).isCloseTo(engine.loss(), within(1e-4));
      for (int o = 0; o < gradient.length; o++) {
        assertThat(gradient[o] / terms).isCloseTo(engine.headBias().get(o), within(1e-4f));
      }
    }
  }

  @Test
  void itIsNotBelowTheHeadThatIsLearnedStepByStep() {
    LearningTask task = TinyTask.of(BASE, 42, Map.of(), List.of(0.005));
    HeadFit fit = HeadFit.of(task);
    double steps =
        new HeadOnly()
            .learn(task, (phase, step, steps2, loss, share) -> {})
            .figures()
            .getOrDefault("devScore", 1.0);
    assertThat(fit.dev().score()).isGreaterThanOrEqualTo(steps);
  }

  @Test
  void theSameTaskGivesTheSameBits() {
    HeadFit once = HeadFit.of(task(Objective.CLASSIFICATION));
    HeadFit again = HeadFit.of(new HeadFitTest().task(Objective.CLASSIFICATION));
    assertThat(again.head().weight()).isEqualTo(once.head().weight());
    assertThat(again.head().bias()).isEqualTo(once.head().bias());
  }

  @Test
  void theMinimumOfAQuadraticIsFound() {
    double[] center = random.doubles(30, -5, 5).toArray();
    double[] point = new double[30];
    new LimitedMemoryBfgs(200, 1e-15)
        .minimise(
            (x, gradient) -> {
              double value = 0;
              for (int i = 0; i < x.length; i++) {
                double weight = 1 + i * i;
                gradient[i] = 2 * weight * (x[i] - center[i]);
                value += weight * (x[i] - center[i]) * (x[i] - center[i]);
              }
              return value;
            },
            point);
    for (int i = 0; i < point.length; i++) {
      assertThat(point[i]).isCloseTo(center[i], within(1e-3));
    }
  }

  private static float[] plainLogits(HeadValues head, float[] vector) {
    float[] logits = head.bias().clone();
    for (int o = 0; o < logits.length; o++) {
      for (int f = 0; f < vector.length; f++) {
        logits[o] += head.weight()[o * vector.length + f] * vector[f];
      }
    }
    return logits;
  }

  private Head randomHead(EncodedDataSet data) {
    Head head = new Head(data.outputs(), BASE.encoder().featureCount(data.objective().pairs()));
    for (int i = 0; i < head.weight().limit(); i++) {
      head.weight().put(i, 0.3f * (float) random.nextGaussian());
    }
    return head;
  }

  private LearningTask task(Objective objective) {
    List<Example> examples = IntStream.range(0, 200).mapToObj(i -> example(objective, i)).toList();
    List<String> labels =
        switch (objective.labelling()) {
          case CLASS -> List.of("no", "yes");
          case LABEL_SET -> List.of("even", "third");
          case TAGS -> List.of("B-v", "O");
          default -> List.of();
        };
    DataSet data =
        new DataSet(
            examples.subList(0, 140),
            examples.subList(140, 170),
            examples.subList(170, 200),
            labels,
            List.of(),
            0,
            "0".repeat(64));
    TrainingSettings settings =
        TrainingSettings.resolve(null, objective, 0.005, 140, BASE.maxTextTokens()).settings();
    return new LearningTask(
        BASE,
        EncodedDataSet.of(data, objective, BASE, settings.maxTokens()),
        List.of(0.005),
        ValuePrecision.FP16,
        settings);
  }

  /** What it says is decided by words that stand in it. */
  private Example example(Objective objective, int i) {
    boolean even = i % 2 == 0;
    boolean third = i % 3 == 0;
    String verdict = (even ? "good good " : "bad bad ") + (third ? "stock " : "food ") + filler();
    String pair = objective.pairs() ? verdict : null;
    String text = objective.pairs() ? filler() : verdict;
    return switch (objective.labelling()) {
      case CLASS -> new Example(text, pair, even ? "yes" : "no", 0);
      case NUMBER -> new Example(text, pair, "", even ? 1005 : 995);
      case LABEL_SET -> {
        List<String> set = new ArrayList<>();
        if (even) {
          set.add("even");
        }
        if (third) {
          set.add("third");
        }
        yield new Example(text, pair, "", 0, set);
      }
      default -> {
        List<String> tags = new ArrayList<>();
        for (String word : text.split(" ")) {
          tags.add(word.equals("good") || word.equals("bad") ? "B-v" : "O");
        }
        yield new Example(text, pair, "", 0, tags);
      }
    };
  }

  private String filler() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      text.append(i == 0 ? "" : " ").append(WORDS[random.nextInt(WORDS.length)]);
    }
    return text.toString();
  }
}
