package dev.diffstream.benchmarks.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.event.Objective;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ObjectiveDetectionTest {
  private static Objective of(String... labels) {
    return ObjectiveDetection.of(
        Stream.of(labels).map(label -> new LabelledText(label, "two words", null)).toList());
  }

  @Test
  void wordsAreClasses() {
    assertThat(of("positive", "negative")).isEqualTo(Objective.CLASSIFICATION);
  }

  @Test
  void wholeNumbersAreClasses() {
    assertThat(of("0", "1", "0", "-1")).isEqualTo(Objective.CLASSIFICATION);
  }

  @Test
  void oneDecimalPointMakesNumbersARegression() {
    assertThat(of("5", "0.25", "-3")).isEqualTo(Objective.REGRESSION);
  }

  @Test
  void oneWordAmongDecimalsMakesClasses() {
    assertThat(of("0.5", "none", "1.5")).isEqualTo(Objective.CLASSIFICATION);
  }

  @Test
  void aSecondTextMakesPairs() {
    assertThat(ObjectiveDetection.of(List.of(new LabelledText("1", "a", "b"))))
        .isEqualTo(Objective.PAIR_CLASSIFICATION);
    assertThat(ObjectiveDetection.of(List.of(new LabelledText("1.0", "a", "b"))))
        .isEqualTo(Objective.PAIR_REGRESSION);
  }

  @Test
  void aTagForEachWordIsTokenClassification() {
    assertThat(of("O O", "B-artist I-artist", "O B-song"))
        .isEqualTo(Objective.TOKEN_CLASSIFICATION);
  }

  @Test
  void aTagForEachTextIsAClass() {
    assertThat(of("O", "B-side", "O")).isEqualTo(Objective.CLASSIFICATION);
  }
}
