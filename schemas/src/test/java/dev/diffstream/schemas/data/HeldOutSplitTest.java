package dev.diffstream.schemas.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.data.HeldOutSplit.Row;
import dev.diffstream.schemas.data.HeldOutSplit.Side;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class HeldOutSplitTest {
  @RepeatedTest(20)
  void theSameTextStandsOnOneSideWhateverTheOrder() {
    long seed = new Random().nextLong();
    System.out.println("HeldOutSplitTest seed " + seed);
    Random random = new Random(seed);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      rows.add(
          new Row(
              "text " + random.nextInt(150),
              random.nextBoolean() ? "pair" : null,
              "label " + random.nextInt(3)));
    }
    Map<String, Side> sides = sidesByText(rows);
    Collections.shuffle(rows, random);
    assertThat(sidesByText(rows)).isEqualTo(sides);
    assertThat(sides).containsValues(Side.TRAIN, Side.DEV, Side.TEST);
  }

  @Test
  void everyLabelHasATenthOfItsTextsOnEachSide() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      rows.add(new Row("text " + i, null, i < 240 ? "often" : "seldom"));
    }
    List<Side> sides = HeldOutSplit.of(rows);
    for (Side side : List.of(Side.DEV, Side.TEST)) {
      assertThat(sides.subList(0, 240).stream().filter(s -> s == side).count()).isEqualTo(24);
      assertThat(sides.subList(240, 300).stream().filter(s -> s == side).count()).isEqualTo(6);
    }
  }

  @Test
  void numbersAreSplitAsOne() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 95; i++) {
      rows.add(new Row("text " + i, null, null));
    }
    assertThat(HeldOutSplit.of(rows).stream().filter(s -> s == Side.TEST).count()).isEqualTo(10);
  }

  @Test
  void aLabelThatTrainWouldMissStaysInTrain() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      rows.add(new Row("text " + i, null, "label " + i));
    }
    assertThat(HeldOutSplit.of(rows)).containsOnly(Side.TRAIN);
  }

  /** The definition for texts of which none counts as the same as another, written down again. */
  @Test
  void ordinaryTextsAreOrderedByTheHashOfTheirBytes() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      rows.add(new Row("Text " + i, i % 2 == 0 ? null : "Pair", null));
    }
    List<Row> ordered = new ArrayList<>(rows);
    ordered.sort(
        Comparator.comparing(
            row -> Sha256.of(row.text() + "\0" + (row.textPair() == null ? "" : row.textPair()))));
    List<Side> sides = HeldOutSplit.of(rows);
    for (Row row : rows) {
      int rank = ordered.indexOf(row);
      assertThat(sides.get(rows.indexOf(row)))
          .isEqualTo(rank < 10 ? Side.TEST : rank < 20 ? Side.DEV : Side.TRAIN);
    }
  }

  @Test
  void variantsOfATextStandOnOneSide() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      rows.add(new Row("Caf\u00e9 " + i, "Other", "a"));
      rows.add(new Row("other ", "CAFE\u00a0" + i, "b"));
      rows.add(new Row("cafe\u0301  " + i, "other", "a"));
    }
    List<Side> sides = HeldOutSplit.of(rows);
    for (int i = 0; i < rows.size(); i += 3) {
      assertThat(sides.subList(i, i + 3)).containsOnly(sides.get(i));
    }
    assertThat(sides).contains(Side.TRAIN, Side.DEV, Side.TEST);
  }

  private static Map<String, Side> sidesByText(List<Row> rows) {
    List<Side> sides = HeldOutSplit.of(rows);
    Map<String, Side> byText = new HashMap<>();
    for (int i = 0; i < rows.size(); i++) {
      Side before = byText.put(rows.get(i).text() + "|" + rows.get(i).textPair(), sides.get(i));
      assertThat(before).isIn(null, sides.get(i));
    }
    return byText;
  }
}
