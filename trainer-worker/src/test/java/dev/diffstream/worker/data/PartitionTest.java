package dev.diffstream.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The sides of a data set: no text on two of them, every label learned, rare ones shared out. */
class PartitionTest {
  private final Random random = new Random(17);

  @Test
  void aTextThatIsHeldOutIsLeftOutOfTrain() {
    List<Example> train = List.of(row("a"), row("b"), row("c"), row("c"), row("d"));
    Partition given =
        Partition.of(
            Objective.CLASSIFICATION,
            train,
            List.of(row("b"), row("e"), row("f")),
            List.of(row("c"), row("f")));
    assertThat(texts(given.train())).containsExactly("a", "d");
    assertThat(texts(given.dev())).containsExactly("b", "e");
    assertThat(texts(given.test())).containsExactly("c", "f");
    assertThat(given.duplicates()).isEqualTo(4);
  }

  @Test
  void aPairIsTheSameOnlyIfBothTextsAre() {
    List<Example> train =
        List.of(new Example("a", "b", "x", 0), new Example("a", "c", "x", 0), row("z"));
    Partition given =
        Partition.of(
            Objective.PAIR_CLASSIFICATION,
            train,
            List.of(row("e")),
            List.of(new Example("a", "b", "y", 0)));
    assertThat(given.train()).hasSize(2);
    assertThat(given.duplicates()).isEqualTo(1);
  }

  @Test
  void variantsThatAModelMayReadAlikeAreLeftOutOfTrainToo() {
    List<Example> train =
        List.of(
            row("THE PARCEL IS LATE ."),
            row("the\u00a0parcel is late\u200b."),
            row("The parcel was late."),
            new Example("two", "One", "x", 0));
    Partition given =
        Partition.of(
            Objective.PAIR_CLASSIFICATION,
            train,
            List.of(row("The parcel is late.")),
            List.of(new Example("one", "two", "x", 0)));
    assertThat(texts(given.train())).containsExactly("The parcel was late.");
    assertThat(given.duplicates()).isEqualTo(3);
  }

  @Test
  void variantsAndSwappedPairsStandOnOneSideOfADrawnSplit() {
    List<Example> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      rows.add(new Example("First text " + i, "Second", "x", 0));
      rows.add(new Example("second", "FIRST TEXT " + i, "x", 0));
    }
    Partition drawn = Partition.of(Objective.PAIR_CLASSIFICATION, rows, null, null);
    assertThat(drawn.test()).hasSize(20);
    assertThat(drawn.dev()).hasSize(20);
    for (List<Example> side : List.of(drawn.train(), drawn.dev(), drawn.test())) {
      assertThat(side.stream().filter(row -> row.text().equals("second"))).hasSize(side.size() / 2);
    }
  }

  @Test
  void withOneSideGivenTheOtherIsDrawnFromWhatIsLeft() {
    List<Example> train = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      train.add(row("text " + i));
    }
    Partition given =
        Partition.of(Objective.CLASSIFICATION, train, null, List.of(row("text 7"), row("new")));
    assertThat(given.duplicates()).isEqualTo(1);
    assertThat(given.test()).hasSize(2);
    assertThat(texts(given.dev())).doesNotContain("text 7").hasSize(5);
    assertThat(given.train()).hasSize(44);
  }

  @ParameterizedTest
  @EnumSource(
      value = Objective.class,
      names = {"MULTI_LABEL", "TOKEN_CLASSIFICATION"})
  void rareLabelsHaveTheirShareAndEveryLabelIsLearned(Objective objective) {
    List<Example> rows = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      List<String> labels = new ArrayList<>(List.of("O"));
      if (random.nextInt(3) == 0) {
        labels.add("B-often");
      }
      if (i % 20 == 0) {
        labels.add("B-rare");
      }
      if (i < 3) {
        labels.add("B-once" + i);
      }
      rows.add(new Example("text " + random.nextInt(550), null, "", 0, labels));
    }
    Partition own = Partition.of(objective, rows, null, null);
    assertThat(own.duplicates()).isZero();
    assertThat(own.train().size() + own.dev().size() + own.test().size()).isEqualTo(600);
    assertThat(own.test()).hasSizeBetween(45, 85);
    assertThat(with("B-rare", own.test())).isBetween(1L, 5L);
    assertThat(with("B-rare", own.dev())).isBetween(1L, 5L);
    Set<String> known = new HashSet<>();
    own.train().forEach(row -> known.addAll(row.labels()));
    Stream.of(own.dev(), own.test())
        .flatMap(List::stream)
        .forEach(row -> assertThat(known).containsAll(row.labels()));
    Set<String> train = new HashSet<>(texts(own.train()));
    assertThat(texts(own.test())).doesNotContainAnyElementsOf(train);
    assertThat(texts(own.dev())).doesNotContainAnyElementsOf(train);
    assertThat(texts(own.dev())).doesNotContainAnyElementsOf(texts(own.test()));
  }

  @Test
  void tagsComeInPairsWithOutside() {
    LabelNames names = names(Objective.TOKEN_CLASSIFICATION);
    List<String> labels =
        names.of(List.of(tagged("B-x", "O"), tagged("I-y", "I-x"), tagged("B-x")));
    assertThat(labels).containsExactly("B-x", "B-y", "I-x", "I-y", "O");
    names.checkHeldOut("test", List.of(tagged("B-y")), labels, new LabelOccurrences());
    refused(
        ErrorCode.LABEL_MISMATCH,
        "test has the label \"B-z\", which no training row of task t carries",
        () ->
            names.checkHeldOut(
                "test", List.of(tagged("O", "B-z")), labels, new LabelOccurrences()));
  }

  @Test
  void dataWithoutTwoLabelsIsRefused() {
    refused(
        ErrorCode.TOO_FEW_EXAMPLES,
        "needs at least 2 labels in its training rows, it has []",
        () -> names(Objective.TOKEN_CLASSIFICATION).of(List.of(tagged("O"), tagged("O", "O"))));
    refused(
        ErrorCode.TOO_FEW_EXAMPLES,
        "all training rows of task t carry the labels [a, b]",
        () -> names(Objective.MULTI_LABEL).of(List.of(tagged("a", "b"), tagged("a", "b"))));
    refused(
        ErrorCode.TOO_FEW_EXAMPLES,
        "needs at least 2 labels in its training rows, it has [a]",
        () -> names(Objective.MULTI_LABEL).of(List.of(tagged("a"), tagged())));
    refused(
        ErrorCode.TOO_FEW_EXAMPLES,
        "has no training rows",
        () -> names(Objective.MASKED_LM).of(List.of()));
  }

  private static void refused(ErrorCode code, String says, Runnable asked) {
    assertThatThrownBy(asked::run)
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(says);
  }

  private static LabelNames names(Objective objective) {
    return new LabelNames(TaskSubmitted.of("t", objective, "tasks/t/data/x.jsonl"));
  }

  private static Example row(String text) {
    return new Example(text, null, "x", 0);
  }

  private static Example tagged(String... labels) {
    return new Example("t", null, "", 0, List.of(labels));
  }

  private static long with(String label, List<Example> rows) {
    return rows.stream().filter(row -> row.labels().contains(label)).count();
  }

  private static List<String> texts(List<Example> rows) {
    return rows.stream().map(Example::text).collect(Collectors.toList());
  }
}
