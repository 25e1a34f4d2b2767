package dev.diffstream.worker.learning.rows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.data.Example;
import dev.diffstream.worker.learning.evaluation.Evaluation;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What a masked language model is asked: which tokens are hidden, and behind what. */
class MaskingTest {
  private static final Base BASE = TinyWorld.base();
  private static final int MASK = 4;
  private static final Masking MASKING = Masking.of(BASE);

  @AfterAll
  static void close() {
    BASE.close();
  }

  @Test
  void fifteenPercentAreHiddenEightyTenTen() {
    Encoding whole = BASE.tokenizer().encode("the cat ".repeat(10), null, 22);
    SplittableRandom random = new SplittableRandom(1);
    int[] behind = new int[3];
    Set<Integer> places = new HashSet<>();
    for (int round = 0; round < 4000; round++) {
      Row row = MASKING.hide(whole, random);
      Target.OfMasked target = (Target.OfMasked) row.target();
      assertThat(target.positions()).hasSize(3).isSorted().doesNotHaveDuplicates();
      int[] shown = ((Encoding) row.input()).ids();
      for (int i = 0; i < 3; i++) {
        int at = target.positions()[i];
        places.add(at);
        assertThat(target.ids()[i]).isEqualTo(whole.ids()[at]);
        behind[shown[at] == MASK ? 0 : shown[at] == target.ids()[i] ? 2 : 1]++;
        shown[at] = target.ids()[i];
      }
      assertThat(shown).isEqualTo(whole.ids());
    }
    // Of 41 random tokens one is the mask and one the token itself.
    assertThat(behind[0] / 12000.0).isBetween(0.78, 0.83);
    assertThat(behind[1] / 12000.0).isBetween(0.08, 0.11);
    assertThat(behind[2] / 12000.0).isBetween(0.09, 0.12);
    assertThat(places).hasSize(20).doesNotContain(0, 21);
  }

  @Test
  void aShortTextHasOneHiddenTokenAndAnEmptyOneNone() {
    SplittableRandom random = new SplittableRandom(1);
    assertThat(MASKING.hide(BASE.tokenizer().encode("cat", null, 9), random).target().terms())
        .isEqualTo(1);
    assertThat(MASKING.hide(BASE.tokenizer().encode("\u0000", null, 9), random).target().terms())
        .isZero();
  }

  @Test
  void eachEpochHidesOtherTokensAndASeedTheSame() {
    EncodedDataSet data = data();
    BatchStream stream = new BatchStream(data.train(), 16, 7);
    List<List<String>> epochs = new ArrayList<>();
    for (int epoch = 0; epoch < 3; epoch++) {
      List<String> seen = new ArrayList<>();
      for (int step = 0; step < stream.stepsPerEpoch(); step++) {
        stream.next().forEach(row -> seen.add(places(row)));
      }
      seen.sort(null);
      epochs.add(seen);
    }
    assertThat(epochs.get(0)).isNotEqualTo(epochs.get(1)).isNotEqualTo(epochs.get(2));
    BatchStream again = new BatchStream(data.train(), 16, 7);
    List<String> first = new ArrayList<>();
    for (int step = 0; step < again.stepsPerEpoch(); step++) {
      again.next().forEach(row -> first.add(places(row)));
    }
    first.sort(null);
    assertThat(first).isEqualTo(epochs.get(0));
    assertThat(data().dev().stream().map(MaskingTest::places).toList())
        .isEqualTo(data.dev().stream().map(MaskingTest::places).toList());
  }

  @Test
  void theHeadBeginsWithTheWordsFrequenciesAndEveryWordMayMove() {
    EncodedDataSet data = data();
    Head head = data.newHead(BASE);
    assertThat(head.isTied()).isTrue();
    int cat = BASE.tokenizer().encode("cat", null, 5).ids()[1];
    int meal = BASE.tokenizer().encode("meal", null, 5).ids()[1];
    // 48 rows with nine cats each, and 41 words that count once more.
    double all = 48 * 10 + 41;
    assertThat(head.bias().get(cat)).isEqualTo((float) Math.log((48 * 9 + 1) / all));
    assertThat(head.bias().get(meal)).isEqualTo((float) Math.log(1 / all));
    assertThat(data.usedRows(BASE.encoder()))
        .containsOnlyKeys("embeddings.position_embeddings.weight");
    assertThat(data.outputs()).isEqualTo(41);
    assertThat(data.labels()).isEmpty();
    Evaluation start = Evaluation.of(BASE.encoder(), head, data, data.test());
    assertThat(start.score()).isEqualTo(Evaluation.majority(data, data.test()));
  }

  private static String places(Row row) {
    Target.OfMasked target = (Target.OfMasked) row.target();
    return Arrays.toString(target.whole().ids()) + Arrays.toString(target.positions());
  }

  private static EncodedDataSet data() {
    List<Example> rows = new ArrayList<>();
    for (int i = 0; i < 48; i++) {
      rows.add(new Example("cat ".repeat(9) + (1 + i % 3), null, "", 0));
    }
    DataSet data = new DataSet(rows, rows, rows, List.of(), List.of(), 0, "d");
    return EncodedDataSet.of(data, Objective.MASKED_LM, BASE, 24);
  }
}
