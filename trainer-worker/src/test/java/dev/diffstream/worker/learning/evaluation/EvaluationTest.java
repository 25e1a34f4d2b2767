package dev.diffstream.worker.learning.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Batch;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.data.Example;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import dev.diffstream.worker.learning.rows.Target;
import dev.diffstream.worker.learning.stages.DensityChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Metrics against loops over one row at a time; 70 rows, so that batches of 32 meet their ends. */
class EvaluationTest {
  private static final Base BASE = TinyWorld.base();
  private static final String[] WORDS = {"the", "cat", "sat", "good", "bad", "food", "very", "mat"};
  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);

  EvaluationTest() {
    System.out.println("EvaluationTest seed " + seed);
  }

  @AfterAll
  static void close() {
    BASE.close();
  }

  @Test
  void accuracyAndCrossEntropyAreThoseOfALoopOverRows() {
    EncodedDataSet data = data(Objective.CLASSIFICATION);
    Head head = randomHead(3, false);
    int right = 0;
    double loss = 0;
    for (Row row : data.test()) {
      float[] logits = BASE.encoder().logits(Batch.of(List.of(row.input())), head)[0];
      double sum = 0;
      int best = 0;
      for (int c = 0; c < 3; c++) {
        sum += Math.exp(logits[c]);
        best = logits[c] > logits[best] ? c : best;
      }
      right += best == index(row) ? 1 : 0;
      loss -= Math.log(Math.exp(logits[index(row)]) / sum);
    }
    Evaluation evaluation = Evaluation.of(BASE.encoder(), head, data, data.test());
    assertThat(evaluation.score()).as("seed %d", seed).isEqualTo(right / 70.0);
    assertThat(evaluation.loss()).isCloseTo(loss / 70, within(1e-4));
  }

  @Test
  void answersThatAreNoNumbersAreNeverTheBest() {
    Evaluation poor = new Evaluation(-1, 1e9);
    for (Evaluation none :
        List.of(new Evaluation(Double.NaN, 0.1), new Evaluation(1, Double.NaN))) {
      assertThat(none).isLessThan(poor);
      assertThat(poor).isGreaterThan(none);
      assertThat(none.hasBetterScoreThan(poor)).isFalse();
      assertThat(poor.hasBetterScoreThan(none)).isTrue();
    }
    assertThat(DensityChoice.of(List.of(Double.NaN, 0.4, 0.3))).isEqualTo(1);
    assertThatThrownBy(() -> DensityChoice.of(List.of(Double.NaN)))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.QUALITY_GATE_FAILED));
  }

  @Test
  void regressionAnswersThatAreNoNumbersScoreBelowTheBaseAsItStands() {
    EncodedDataSet data = data(Objective.REGRESSION);
    Head zero = new Head(1, BASE.encoder().featureCount(false));
    Head broken = new Head(1, BASE.encoder().featureCount(false));
    broken.bias().put(0, Float.NaN);
    assertThat(Evaluation.of(BASE.encoder(), broken, data, data.test()))
        .isLessThan(Evaluation.of(BASE.encoder(), zero, data, data.test()));
  }

  @Test
  void correlationIsThatOfTheDefinition() {
    EncodedDataSet data = data(Objective.PAIR_REGRESSION);
    Head head = randomHead(1, true);
    double[] x = new double[70];
    double[] y = new double[70];
    double squares = 0;
    for (int i = 0; i < 70; i++) {
      Row row = data.test().get(i);
      x[i] = BASE.encoder().logits(Batch.of(List.of(row.input())), head)[0][0];
      y[i] = number(row);
      squares += (x[i] - y[i]) * (x[i] - y[i]);
    }
    double n = 70;
    double sumX = 0;
    double sumY = 0;
    double sumXy = 0;
    double sumXx = 0;
    double sumYy = 0;
    for (int i = 0; i < 70; i++) {
      sumX += x[i];
      sumY += y[i];
      sumXy += x[i] * y[i];
      sumXx += x[i] * x[i];
      sumYy += y[i] * y[i];
    }
    double pearson =
        (n * sumXy - sumX * sumY)
            / Math.sqrt((n * sumXx - sumX * sumX) * (n * sumYy - sumY * sumY));
    Evaluation evaluation = Evaluation.of(BASE.encoder(), head, data, data.test());
    assertThat(evaluation.score()).as("seed %d", seed).isCloseTo(pearson, within(1e-4));
    assertThat(evaluation.loss()).isCloseTo(squares / 70, within(1e-4));
  }

  @Test
  void aConstantAnswerCorrelatesWithNothing() {
    EncodedDataSet data = data(Objective.REGRESSION);
    Head head = new Head(1, BASE.encoder().featureCount(false));
    assertThat(Evaluation.of(BASE.encoder(), head, data, data.test()).score()).isZero();
    assertThat(Evaluation.majority(data, data.test())).isZero();
  }

  @Test
  void theMajorityIsTheTrainingRowsMostFrequentClass() {
    EncodedDataSet data = data(Objective.CLASSIFICATION);
    int[] counts = new int[3];
    data.train().forEach(row -> counts[index(row)]++);
    int most = 0;
    for (int c = 0; c < 3; c++) {
      most = counts[c] >= counts[most] ? c : most;
    }
    int expected = most;
    long hits = data.test().stream().filter(row -> index(row) == expected).count();
    assertThat(Evaluation.majority(data, data.test())).isEqualTo(hits / 70.0);
  }

  @Test
  void betterIsHigherScoreThenLowerLoss() {
    assertThat(new Evaluation(0.8, 1)).isGreaterThan(new Evaluation(0.7, 0.1));
    assertThat(new Evaluation(0.8, 0.1)).isGreaterThan(new Evaluation(0.8, 0.2));
    assertThat(new Evaluation(0.8, 0.1).compareTo(new Evaluation(0.8, 0.1))).isZero();
  }

  @Test
  void numbersAreStandardisedAndTheHeadLeadsBack() {
    EncodedDataSet data = data(Objective.REGRESSION);
    double mean = data.train().stream().mapToDouble(EvaluationTest::number).average().orElseThrow();
    double square =
        data.train().stream().mapToDouble(row -> number(row) * number(row)).average().orElseThrow();
    assertThat(mean).isCloseTo(0, within(1e-4));
    assertThat(square).isCloseTo(1, within(1e-4));

    Head head = randomHead(1, false);
    HeadValues back = HeadValues.of(head).rescaled(data.scale(), data.shift());
    Batch batch = Batch.of(List.of(data.test().get(0).input()));
    double y = BASE.encoder().logits(batch, head)[0][0];
    double own = BASE.encoder().logits(batch, back.toHead())[0][0];
    assertThat(own).isCloseTo(y * data.scale() + data.shift(), within(1e-3));
  }

  @Test
  void longTextsAreCutAndCounted() {
    List<Example> one = List.of(new Example("cat ".repeat(30), null, "a", 0));
    List<Example> two = List.of(new Example("cat", null, "b", 0));
    DataSet data = new DataSet(one, two, two, List.of("a", "b"), List.of(), 0, "d");
    EncodedDataSet encoded = EncodedDataSet.of(data, Objective.CLASSIFICATION, BASE, 10);
    assertThat(encoded.cuts().examples()).isEqualTo(1);
    assertThat(encoded.train().get(0).length()).isEqualTo(10);
    assertThat(index(encoded.dev().get(0))).isEqualTo(1);
  }

  @Test
  void theRowsThatTrainingTouchesAreThoseOfItsTokensAndPositions() {
    List<Example> rows = List.of(new Example("the cat", null, "a", 0));
    List<Example> other = List.of(new Example("very good food food", null, "a", 0));
    DataSet data = new DataSet(rows, other, other, List.of("a"), List.of(), 0, "d");
    EncodedDataSet encoded = EncodedDataSet.of(data, Objective.CLASSIFICATION, BASE, 24);
    var used = encoded.usedRows(BASE.encoder());
    assertThat(used.get("embeddings.word_embeddings.weight")).containsExactly(2, 3, 5, 16);
    assertThat(used.get("embeddings.position_embeddings.weight")).containsExactly(0, 1, 2, 3);
  }

  @Test
  void thePositionsOfPairsAreThoseOfTheLongerText() {
    List<Example> rows =
        List.of(
            new Example("cat ".repeat(30), "food ".repeat(30), "a", 0),
            new Example("cat", "food", "b", 0));
    DataSet data = new DataSet(rows, rows, rows, List.of("a", "b"), List.of(), 0, "d");
    EncodedDataSet encoded = EncodedDataSet.of(data, Objective.PAIR_CLASSIFICATION, BASE, 24);
    assertThat(encoded.usedRows(BASE.encoder()).get("embeddings.position_embeddings.weight"))
        .hasSize(24);
  }

  private static int index(Row row) {
    return ((Target.OfClass) row.target()).index();
  }

  private static float number(Row row) {
    return ((Target.OfNumber) row.target()).value();
  }

  private Head randomHead(int outputs, boolean pairs) {
    Head head = new Head(outputs, BASE.encoder().featureCount(pairs));
    for (int i = 0; i < head.weight().limit(); i++) {
      head.weight().put(i, 0.3f * (float) random.nextGaussian());
    }
    for (int i = 0; i < outputs; i++) {
      head.bias().put(i, 0.3f * (float) random.nextGaussian());
    }
    return head;
  }

  private EncodedDataSet data(Objective objective) {
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < 70; i++) {
      String label = objective.real() ? "" : "abc".substring(random.nextInt(3)).substring(0, 1);
      float value = (float) (100 + 20 * random.nextGaussian());
      examples.add(new Example(text(), objective.pairs() ? text() : null, label, value));
    }
    List<String> labels = objective.real() ? List.of() : List.of("a", "b", "c");
    DataSet data = new DataSet(examples, examples, examples, labels, List.of(), 0, "digest");
    return EncodedDataSet.of(data, objective, BASE, 24);
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(8); i >= 0; i--) {
      text.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
    }
    return text.toString();
  }
}
