package dev.diffstream.worker.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/**
 * Every metric against values that scikit-learn 1.9, SciPy and seqeval 1.2 gave for the same rows,
 * against values worked by hand, and where nothing can be divided.
 */
class MetricsTest {
  private static final Offset<Double> EXACT = within(1e-12);

  private static final int[] EXPECTED_CLASSES = {
    0, 0, 0, 2, 1, 1, 0, 0, 0, 0, 1, 1, 0, 3, 3, 0, 0, 1, 1, 0, 0, 3, 0, 3, 0, 0, 0, 0, 3, 2, 3, 0,
    3, 0, 0, 0, 0, 0, 2, 3
  };
  private static final int[] ANSWERED_CLASSES = {
    1, 0, 2, 2, 1, 1, 0, 2, 0, 2, 1, 2, 0, 3, 3, 0, 0, 1, 0, 0, 1, 3, 2, 3, 0, 0, 2, 1, 3, 2, 3, 0,
    0, 2, 0, 2, 0, 0, 2, 3
  };
  private static final double[] EXPECTED_NUMBERS = {
    1.5, 0.4, 2.0, -1.5, -0.2, -2.5, 0.8, 0.1, 1.7, -0.4, -2.0, 1.3, -1.3, -1.3, -0.2, 0.6, -0.5,
    0.2, -1.9, 1.7, -0.1, 0.1, 0.6, 0.2, 0.2
  };
  private static final double[] ANSWERED_NUMBERS = {
    -0.2, 0.1, 1.4, 0.3, -0.2, -1.2, 0.7, 0.6, 1.1, -0.5, -1.5, 1.8, -0.4, -0.6, 3.4, 1.2, 0.6, 0.3,
    -2.0, 2.0, -0.1, 0.1, 1.3, 1.1, 0.3
  };
  private static final List<String> EXPECTED_SETS =
      List.of(
          "1000", "1100", "1010", "0000", "0000", "1100", "0000", "0000", "0000", "0100", "0100",
          "0010", "0000", "1100", "0100", "0000", "0000", "1010", "0000", "1000");
  private static final List<String> ANSWERED_SETS =
      List.of(
          "1110", "1100", "0010", "0100", "0010", "1110", "1010", "0010", "0100", "1100", "0100",
          "1010", "0000", "1100", "0000", "1100", "0000", "0000", "0110", "1000");
  private static final String[][] TAGS = {
    {"I-b B-a O I-a O B-b", "I-b B-a O I-a O B-b"},
    {"I-b B-b O", "O B-b O"},
    {"B-a O B-b B-a I-b", "B-a O I-a I-b I-b"},
    {"O I-a", "I-a I-a"},
    {"B-a I-b B-a", "B-a I-b B-a"},
    {"O B-a O B-b O B-b", "O B-a O B-b B-b I-b"},
    {"B-a O", "B-a O"},
    {"O B-b I-a", "B-b B-b I-b"},
    {"O O", "O B-a"},
    {"I-b I-b O B-b I-b B-a I-b I-a", "I-b O O B-b B-a O I-a I-a"},
    {"I-a I-b O B-a", "I-b I-b O B-a"},
    {"O I-b B-a B-b I-b B-b", "O I-b B-a B-b O B-b"},
    {"I-a B-b I-a B-a B-a I-a I-a B-b", "I-a I-b O B-a B-a I-a I-b B-b"},
    {"B-a", "I-a"},
    {"B-b I-a I-b", "B-b I-a I-b"},
    {"B-b B-a I-a I-a B-b O O B-b O", "B-b B-a I-a I-a B-b O O B-a O"},
    {"I-b B-a B-b B-a O B-a I-a O", "I-b B-a B-b I-b I-a B-a I-a O"},
    {"B-b O O O O B-a O O", "B-b O O O O B-a O O"},
    {"I-a B-b I-b", "I-a B-a I-b"},
    {"I-b B-b B-a O B-b O O O O", "I-a I-b B-a O O O O O B-a"},
    {"B-a", "B-a"},
    {"O B-a", "O B-a"},
    {"I-b", "O"},
    {"B-b I-b I-b O I-b", "B-b I-b O O I-b"},
    {"I-b I-a O", "I-b I-a B-b"},
    {"B-b B-a", "O B-a"},
    {"I-b", "I-b"},
    {"O B-b I-a O O B-a I-a B-b O", "O B-b O O O I-b O O O"},
    {"O O B-a B-b I-a B-b I-b", "O O B-a B-b I-a B-b O"},
    {"I-a B-a O I-a O", "I-a B-a O I-a O"},
  };

  @Test
  void classesAsScikitLearnScoresThem() {
    Map<String, Double> figures = new ClassOutcome(4, EXPECTED_CLASSES, ANSWERED_CLASSES).figures();
    expect(figures, "accuracy", 0.675);
    expect(figures, "score", 0.675);
    expect(figures, "macroF1", 0.6653749759012917);
    expect(figures, "matthews", 0.5727571053711371);
  }

  @Test
  void classesByHand() {
    // Three of class 0, one of class 1; one 0 is taken for a 1.
    Map<String, Double> figures =
        new ClassOutcome(2, new int[] {0, 0, 0, 1}, new int[] {0, 0, 1, 1}).figures();
    expect(figures, "accuracy", 3 / 4.0);
    expect(figures, "macroF1", (4 / 5.0 + 2 / 3.0) / 2);
    expect(figures, "matthews", (2 * 1 - 1 * 0) / Math.sqrt(2 * 3 * 1 * 2));
  }

  @Test
  void aConstantClassTellsNothing() {
    Map<String, Double> figures =
        new ClassOutcome(3, new int[] {0, 0, 1}, new int[] {0, 0, 0}).figures();
    expect(figures, "accuracy", 2 / 3.0);
    expect(figures, "matthews", 0);
    // Class 2 is neither expected nor answered and does not count; class 1 counts with 0.
    expect(figures, "macroF1", 0.8 / 2);
    expect(new ClassOutcome(3, new int[] {0}, new int[] {0}).figures(), "matthews", 0);
  }

  @Test
  void numbersAsScipyCorrelatesThem() {
    Map<String, Double> figures = new NumberOutcome(EXPECTED_NUMBERS, ANSWERED_NUMBERS).figures();
    expect(figures, "pearson", 0.6687796123252878);
    expect(figures, "score", 0.6687796123252878);
    expect(figures, "spearman", 0.7057688728699552);
  }

  @Test
  void numbersByHand() {
    // Ranks 1 2 3 4 and 1.5 1.5 3 4: covariance 4.5, variances 5 and 4.5.
    Map<String, Double> figures =
        new NumberOutcome(new double[] {1, 2, 3, 10}, new double[] {5, 5, 6, 7}).figures();
    expect(figures, "spearman", 4.5 / Math.sqrt(5 * 4.5));
    // Deviations -3 -2 -1 6 and -0.75 -0.75 0.25 1.25.
    expect(figures, "pearson", 11 / Math.sqrt(50 * 2.75));
  }

  @Test
  void aConstantNumberCorrelatesWithNothing() {
    double[] constant = {0.1, 0.1, 0.1};
    double[] rising = {1, 2, 3};
    for (NumberOutcome outcome :
        List.of(
            new NumberOutcome(rising, constant),
            new NumberOutcome(constant, rising),
            new NumberOutcome(constant, constant),
            new NumberOutcome(new double[] {4}, new double[] {2}))) {
      outcome.figures().forEach((name, value) -> assertThat(value).as(name).isZero());
    }
  }

  @Test
  void labelSetsAsScikitLearnScoresThem() {
    Map<String, Double> figures =
        new LabelSetOutcome(4, sets(EXPECTED_SETS), sets(ANSWERED_SETS)).figures();
    expect(figures, "microF1", 0.5581395348837209);
    expect(figures, "score", 0.5581395348837209);
    expect(figures, "macroF1", 0.40340909090909094);
    expect(figures, "subsetAccuracy", 0.3);
  }

  @Test
  void labelSetsByHand() {
    Map<String, Double> figures =
        new LabelSetOutcome(2, sets(List.of("10", "11", "00")), sets(List.of("10", "10", "01")))
            .figures();
    expect(figures, "microF1", 2 * 2 / 6.0);
    expect(figures, "macroF1", (1 + 0) / 2.0);
    expect(figures, "subsetAccuracy", 1 / 3.0);
  }

  @Test
  void emptySetsOnBothSidesHaveNoF1ButAreExact() {
    Map<String, Double> figures =
        new LabelSetOutcome(2, sets(List.of("00", "00")), sets(List.of("00", "00"))).figures();
    expect(figures, "microF1", 0);
    expect(figures, "macroF1", 0);
    expect(figures, "subsetAccuracy", 1);
  }

  @Test
  void entitiesAsSeqevalCountsThem() {
    Map<String, Double> figures =
        new EntityOutcome(
                Arrays.stream(TAGS).map(row -> tags(row[0])).toList(),
                Arrays.stream(TAGS).map(row -> tags(row[1])).toList())
            .figures();
    expect(figures, "entityF1", 0.632258064516129);
    expect(figures, "score", 0.632258064516129);
    expect(figures, "precision", 0.6533333333333333);
    expect(figures, "recall", 0.6125);
  }

  @Test
  void entitiesByHand() {
    // Right: the a of the first row. Wrong: a span that is a word short, and one of another type.
    Map<String, Double> figures =
        new EntityOutcome(
                List.of(tags("B-a I-a O B-b I-b"), tags("B-a O")),
                List.of(tags("B-a I-a O B-b O"), tags("B-b O")))
            .figures();
    expect(figures, "precision", 1 / 3.0);
    expect(figures, "recall", 1 / 3.0);
    expect(figures, "entityF1", 1 / 3.0);
  }

  @Test
  void withoutEntitiesEveryFigureIsZero() {
    new EntityOutcome(List.of(tags("O O")), List.of(tags("O O")))
        .figures()
        .forEach((name, value) -> assertThat(value).as(name).isZero());
  }

  @Test
  void tokensCountAlikeWhateverTheirRow() {
    Map<String, Double> figures =
        new TokenOutcome(new int[] {1, 0, 6}, new int[] {2, 1, 7}).figures();
    expect(figures, "tokenAccuracy", 0.7);
    expect(figures, "score", 0.7);
  }

  @Test
  void wilsonsIntervalAsScipyGivesIt() {
    expect(Interval.wilson(30, 40), 0.5980603857923197, 0.858128813609037);
    expect(Interval.wilson(0, 12), 0, 0.24249400665524085);
    expect(Interval.wilson(12, 12), 0.7575059933447592, 1);
    expect(Interval.wilson(1, 700), 0.0002522224622331505, 0.00804717330010465);
    Map<String, Double> figures = new ClassOutcome(4, EXPECTED_CLASSES, ANSWERED_CLASSES).figures();
    Interval wilson = Interval.wilson(27, 40);
    expect(figures, "accuracyLow", wilson.low());
    expect(figures, "scoreHigh", wilson.high());
  }

  @Test
  void quantilesLieBetweenOrderStatistics() {
    double[] sorted = {1, 2, 4, 8, 16};
    assertThat(Interval.quantile(sorted, 0.025)).isCloseTo(1.1, EXACT);
    assertThat(Interval.quantile(sorted, 0.975)).isCloseTo(15.2, EXACT);
    assertThat(Interval.quantile(sorted, 1)).isEqualTo(16);
  }

  @Test
  void theBootstrapsIntervalHoldsItsValueAndIsTheSameEachTime() {
    for (Outcome outcome :
        List.of(
            new ClassOutcome(4, EXPECTED_CLASSES, ANSWERED_CLASSES),
            new NumberOutcome(EXPECTED_NUMBERS, ANSWERED_NUMBERS),
            new LabelSetOutcome(4, sets(EXPECTED_SETS), sets(ANSWERED_SETS)))) {
      Map<String, Double> figures = outcome.figures();
      assertThat(outcome.figures()).isEqualTo(figures);
      figures.forEach(
          (name, value) -> {
            if (figures.containsKey(name + "Low")) {
              assertThat(value)
                  .as(name)
                  .isGreaterThan(figures.get(name + "Low"))
                  .isLessThan(figures.get(name + "High"));
            }
          });
    }
  }

  @Test
  void theBootstrapOfAShareIsAboutWilsons() {
    Random random = new Random(5);
    int[] right = random.ints(2000, 0, 2).toArray();
    int[] one = new int[2000];
    Arrays.fill(one, 1);
    TokenOutcome outcome = new TokenOutcome(right, one);
    Interval wilson = Interval.wilson(Arrays.stream(right).sum(), 2000);
    assertThat(outcome.figures().get("scoreLow")).isCloseTo(wilson.low(), within(0.004));
    assertThat(outcome.figures().get("scoreHigh")).isCloseTo(wilson.high(), within(0.004));
  }

  /** A resample must score as the rows written out as often as they were drawn. */
  @Test
  void rowsThatCountTwiceScoreAsTwoRows() {
    Random random = new Random(8);
    int[] times = random.ints(EXPECTED_NUMBERS.length, 0, 4).toArray();
    List<Double> x = new ArrayList<>();
    List<Double> y = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    List<String> answered = new ArrayList<>();
    for (int i = 0; i < times.length; i++) {
      for (int t = 0; t < times[i]; t++) {
        x.add(EXPECTED_NUMBERS[i]);
        y.add(ANSWERED_NUMBERS[i]);
        if (i < EXPECTED_SETS.size()) {
          expected.add(EXPECTED_SETS.get(i));
          answered.add(ANSWERED_SETS.get(i));
        }
      }
    }
    List<Metric> numbers = new NumberOutcome(EXPECTED_NUMBERS, ANSWERED_NUMBERS).metrics();
    Map<String, Double> copied = new NumberOutcome(array(x), array(y)).figures();
    assertThat(numbers.get(0).of(times)).isCloseTo(copied.get("pearson"), EXACT);
    assertThat(numbers.get(1).of(times)).isCloseTo(copied.get("spearman"), EXACT);
    List<Metric> sets = new LabelSetOutcome(4, sets(EXPECTED_SETS), sets(ANSWERED_SETS)).metrics();
    copied = new LabelSetOutcome(4, sets(expected), sets(answered)).figures();
    int[] drawn = Arrays.copyOf(times, EXPECTED_SETS.size());
    assertThat(sets.get(0).of(drawn)).isCloseTo(copied.get("microF1"), EXACT);
    assertThat(sets.get(1).of(drawn)).isCloseTo(copied.get("macroF1"), EXACT);
    assertThat(sets.get(2).of(drawn)).isCloseTo(copied.get("subsetAccuracy"), EXACT);
  }

  @Test
  void noRowsCannotBeMeasured() {
    assertThatThrownBy(() -> new NumberOutcome(new double[0], new double[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void expect(Map<String, Double> figures, String name, double value) {
    assertThat(figures.get(name)).as(name).isCloseTo(value, EXACT);
  }

  private static void expect(Interval interval, double low, double high) {
    assertThat(interval.low()).isCloseTo(low, EXACT);
    assertThat(interval.high()).isCloseTo(high, EXACT);
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static List<String> tags(String row) {
    return List.of(row.split(" "));
  }

  private static List<BitSet> sets(List<String> rows) {
    List<BitSet> sets = new ArrayList<>();
    for (String row : rows) {
      BitSet set = new BitSet();
      for (int i = 0; i < row.length(); i++) {
        set.set(i, row.charAt(i) == '1');
      }
      sets.add(set);
    }
    return sets;
  }
}
