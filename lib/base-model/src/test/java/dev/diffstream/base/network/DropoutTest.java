package dev.diffstream.base.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.TinyBert;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.encoder.Targets;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DropoutTest {
  private static final List<Encoding> TEXTS =
      List.of(
          Encoding.ofTokens(new int[] {2, 5, 9, 11, 3}),
          Encoding.ofTokens(new int[] {2, 7, 3}),
          Encoding.ofTokens(new int[] {2, 8, 6, 3}));
  private static final Targets CLASSES = new Targets.ClassTargets(new int[] {0, 2, 1});

  private final long seed = new Random().nextInt(1 << 30);

  DropoutTest() {
    System.out.println("DropoutTest seed " + seed);
  }

  /** Six standard deviations of the share of 2 x 64 x 128 x 64 units. */
  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 0.9})
  void keepsTheShareThatItShouldAndScalesItSoThatTheMeanStays(double rate) {
    Dropout dropout = new Dropout(rate, seed, 64, 128, 0);
    float[] pool = new DropoutMasks(dropout, new int[] {64}, false).pool();
    int kept = 0;
    for (float value : pool) {
      assertThat(value == 0 || value == (float) (1 / (1 - rate))).isTrue();
      kept += value != 0 ? 1 : 0;
    }
    double deviation = Math.sqrt(rate * (1 - rate) / pool.length);
    assertThat((double) kept / pool.length).isCloseTo(1 - rate, within(6 * deviation));
  }

  @Test
  void neighboursAreDroppedIndependently() {
    float[] pool =
        new DropoutMasks(new Dropout(0.5, seed, 64, 128, 0), new int[] {64}, false).pool();
    for (int apart : new int[] {1, 2, 64, 128 * 64}) {
      int equal = 0;
      int n = pool.length - apart;
      for (int i = 0; i < n; i++) {
        equal += pool[i] == pool[i + apart] ? 1 : 0;
      }
      assertThat((double) equal / n).as("apart %d", apart).isCloseTo(0.5, within(3 / Math.sqrt(n)));
    }
  }

  @Test
  void aSeedGivesTheSameStepAndAnotherSeedAnotherOne() {
    try (Base base = TinyBert.load("gelu")) {
      Head head = head(base);
      float loss = loss(base, head, Dropout.of(0.3, seed, TEXTS));
      assertThat(loss(base, head, Dropout.of(0.3, seed, TEXTS))).isEqualTo(loss);
      assertThat(loss(base, head, Dropout.of(0.3, seed + 1, TEXTS))).isNotEqualTo(loss);
      assertThat(loss(base, head, Dropout.NONE)).isNotEqualTo(loss);
    }
  }

  /** Their mean tends to the loss without dropout, up to its curvature. */
  @Test
  void littleDropoutChangesTheLossLittle() {
    try (Base base = TinyBert.load("gelu")) {
      Head head = head(base);
      double mean =
          IntStream.range(0, 200)
              .mapToDouble(i -> loss(base, head, Dropout.of(0.02, seed + i, TEXTS)))
              .average()
              .orElseThrow();
      assertThat(mean).isCloseTo(loss(base, head, Dropout.NONE), within(0.05));
    }
  }

  @Test
  void evaluationDropsNothing() {
    try (Base base = TinyBert.load("gelu")) {
      Head head = head(base);
      float[][] before = base.encoder().logits(Batch.of(TEXTS), head);
      loss(base, head, Dropout.of(0.5, seed, TEXTS));
      assertThat(base.encoder().logits(Batch.of(TEXTS), head)).isDeepEqualTo(before);
    }
  }

  /** An embedding of another width than the layers have a mask of its own width. */
  @ParameterizedTest
  @ValueSource(
      strings = {"bert", "roberta", "xlm-roberta", "distilbert", "electra", "electra-wide"})
  void everyFamilyTrainsWithIt(String family) {
    try (Base base = Base.from(TinyBert.ofFamily(family))) {
      Head head = head(base);
      Dropout dropout = Dropout.of(0.3, seed, TEXTS);
      try (Gradients step = base.encoder().step(Batch.of(TEXTS), head, CLASSES, dropout)) {
        assertThat(step.finite()).isTrue();
        assertThat(step.loss()).isNotEqualTo(loss(base, head, Dropout.NONE));
      }
    }
  }

  @Test
  void whatIsNoShareOrNoPartIsRefused() {
    assertThatThrownBy(() -> Dropout.of(1, 1, TEXTS)).hasMessageContaining("dropout");
    assertThatThrownBy(() -> Dropout.of(-0.1, 1, TEXTS)).hasMessageContaining("-0.1");
    try (Base base = TinyBert.load("gelu")) {
      Dropout other = Dropout.of(0.3, seed, TEXTS.subList(0, 2));
      assertThatThrownBy(() -> loss(base, head(base), other))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no part");
    }
  }

  private static float loss(Base base, Head head, Dropout dropout) {
    try (Gradients step = base.encoder().step(Batch.of(TEXTS), head, CLASSES, dropout)) {
      return step.loss();
    }
  }

  private static Head head(Base base) {
    Head made = new Head(3, base.encoder().featureCount(false));
    for (int i = 0; i < made.weight().capacity(); i++) {
      made.weight().put(i, (i % 7 - 3) / 10f);
    }
    return made;
  }
}
