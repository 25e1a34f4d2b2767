package dev.diffstream.base.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.TinyBert;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.input.TokenBatch;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The features of a pair are made of those of its texts. */
final class PairFeaturesTest {
  private static final int WIDTH = 32;

  private final Random random = new Random(11);
  private Base base;

  @BeforeEach
  void load() {
    base = TinyBert.load("gelu_new");
  }

  @AfterEach
  void close() {
    base.close();
  }

  @Test
  void compareTheScaledMeansOfBothTexts() {
    Encoding pair = base.tokenizer().encode("The cat sat on the mat.", "Good food!", 16);
    float[] u = scaledMean("The cat sat on the mat.");
    float[] v = scaledMean("Good food!");
    Batch batch = Batch.of(List.of(TinyBert.pair(base, random, 18), pair));
    assertThat(((TokenBatch) batch).sequences()).isEqualTo(4);
    float[] features = base.encoder().features(batch)[1];
    assertThat(features).hasSize(base.encoder().featureCount(true)).hasSize(4 * WIDTH);
    for (int i = 0; i < WIDTH; i++) {
      assertThat(features[i]).isCloseTo(u[i], within(1e-4f));
      assertThat(features[WIDTH + i]).isCloseTo(v[i], within(1e-4f));
      assertThat(features[2 * WIDTH + i]).isCloseTo(Math.abs(u[i] - v[i]), within(2e-4f));
      assertThat(features[3 * WIDTH + i]).isCloseTo(u[i] * v[i], within(1e-3f));
    }
  }

  @Test
  void equalTextsHaveCosineOne() {
    Encoding pair = base.tokenizer().encode("The man is eating.", "The man is eating.", 16);
    float[] features = base.encoder().features(Batch.of(List.of(pair)))[0];
    float dot = 0;
    for (int i = 0; i < WIDTH; i++) {
      assertThat(features[2 * WIDTH + i]).isZero();
      dot += features[3 * WIDTH + i];
    }
    assertThat(dot / WIDTH).isCloseTo(1, within(1e-5f));
  }

  @Test
  void pairsAndTextsDoNotMix() {
    List<Encoding> mixed = List.of(TinyBert.text(base, random, 4), TinyBert.pair(base, random, 4));
    assertThatThrownBy(() -> Batch.of(mixed))
        .hasMessage("example 1 is a pair, expected a single text as the first");
    assertThatThrownBy(() -> Batch.of(List.of()))
        .hasMessage("a batch needs at least one example, but has none");
  }

  private float[] scaledMean(String text) {
    Batch batch = Batch.of(List.of(base.tokenizer().encode(text, null, 16)));
    float[] mean = base.encoder().features(batch)[0];
    double squares = 0;
    for (float x : mean) {
      squares += (double) x * x;
    }
    float length = (float) Math.sqrt(squares / mean.length);
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= length;
    }
    return mean;
  }
}
