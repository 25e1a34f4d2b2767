package dev.diffstream.worker.learning.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.data.Example;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What the best constant answer scores, and losses of rows against those of the definition. */
class MajorityBaselineTest {
  private static final Base BASE = TinyWorld.base();

  @AfterAll
  static void close() {
    BASE.close();
  }

  @Test
  void ofSetsItIsThatOfTheHighestMicroF1() {
    // Of ten rows, a stands in eight, b in five, c in one. F1 of {a}: 16/24, of {a,b}: 26/34.
    EncodedDataSet data =
        data(
            Objective.MULTI_LABEL,
            List.of("a", "b", "c"),
            "a b",
            "a b",
            "a b",
            "a b",
            "a",
            "a",
            "a",
            "a c",
            "b",
            "");
    assertThat(Evaluation.majority(data, data.test())).isCloseTo(26.0 / 34, within(1e-12));
  }

  @Test
  void ofTagsItIsOutsideWhereMostWordsAre() {
    EncodedDataSet data =
        data(Objective.TOKEN_CLASSIFICATION, List.of("B-x", "I-x", "O"), "O O B-x", "B-x O O");
    assertThat(Evaluation.majority(data, data.test())).isZero();
    EncodedDataSet dense =
        data(Objective.TOKEN_CLASSIFICATION, List.of("B-x", "I-x", "O"), "B-x B-x O", "B-x B-x");
    // All words as B-x: five entities answered, four of them right, four expected.
    assertThat(Evaluation.majority(dense, dense.test())).isCloseTo(8.0 / 9, within(1e-12));
  }

  @Test
  void theLossOfSetsIsTheMeanOverRowsAndLabels() {
    EncodedDataSet data = data(Objective.MULTI_LABEL, List.of("a", "b"), "a b", "a", "");
    Head head = new Head(2, 32);
    head.bias().put(0, 1.5f).put(1, -0.5f);
    double expected = 0;
    for (int[] row : new int[][] {{1, 1}, {1, 0}, {0, 0}}) {
      for (int label = 0; label < 2; label++) {
        double share = 1 / (1 + Math.exp(label == 0 ? -1.5 : 0.5));
        expected -= Math.log(row[label] == 1 ? share : 1 - share) / 6;
      }
    }
    assertThat(Evaluation.of(BASE.encoder(), head, data, data.test()).loss())
        .isCloseTo(expected, within(1e-6));
    try (var step = BASE.encoder().step(data.batch(data.test()), head, data.targets(data.test()))) {
      assertThat((double) step.loss()).isCloseTo(expected, within(1e-6));
    }
  }

  @Test
  void wordsThatAreCutOffCountAsOutsideAndAreReported() {
    List<Example> rows =
        List.of(new Example("cat cat cat cat", null, "", 0, List.of("B-x", "O", "B-x", "B-x")));
    DataSet set = new DataSet(rows, rows, rows, List.of("B-x", "I-x", "O"), List.of(), 0, "d");
    EncodedDataSet data = EncodedDataSet.of(set, Objective.TOKEN_CLASSIFICATION, BASE, 5);
    assertThat(data.cuts().words()).isEqualTo(3); // one word in each of three sides
    assertThat(data.cuts().examples()).isEqualTo(3);
    assertThat(data.test().get(0).target().terms()).isEqualTo(3);
    Head head = new Head(3, 32);
    head.bias().put(0, 1); // B-x for every word that is asked
    Map<String, Double> figures =
        Evaluation.figures(BASE.encoder(), head, data, data.test(), () -> {});
    assertThat(figures.get("precision")).isCloseTo(2 / 3.0, within(1e-12));
    assertThat(figures.get("recall")).isCloseTo(2 / 3.0, within(1e-12));
  }

  private static EncodedDataSet data(Objective objective, List<String> labels, String... rows) {
    List<Example> examples = new ArrayList<>();
    for (String row : rows) {
      List<String> own = row.isEmpty() ? List.of() : Arrays.asList(row.split(" "));
      examples.add(new Example("cat ".repeat(Math.max(1, own.size())), null, "", 0, own));
    }
    DataSet set = new DataSet(examples, examples, examples, labels, List.of(), 0, "d");
    return EncodedDataSet.of(set, objective, BASE, 24);
  }
}
