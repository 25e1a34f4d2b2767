package dev.diffstream.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MiniLmTest {
  private static Base base;

  @BeforeAll
  static void load() {
    base = Base.miniLm();
  }

  @AfterAll
  static void close() {
    base.close();
  }

  @Test
  void isTheModelThatItsAuthorsPublished() {
    assertThat(base.parameters()).hasSize(101);
    assertThat(base.parameterCount()).isEqualTo(22_565_376);
    float[] food = feature("A man is eating food.");
    assertThat(cosine(food, feature("A man is eating a meal."))).isCloseTo(0.926, within(0.001));
    assertThat(cosine(food, feature("The stock market fell sharply.")))
        .isCloseTo(-0.004, within(0.001));
  }

  @Test
  void aBatchOfOneGivesTheSameBitsFromTheFirstCallOn() {
    Head head = randomHead(3, 384, 5);
    List<String> texts =
        List.of(
            "Short.",
            "A text that is somewhat longer than the others, with a comma.",
            "Where is my parcel?");
    List<float[]> first = texts.stream().map(text -> logits(text, head)).toList();
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < texts.size(); i++) {
        assertThat(logits(texts.get(i), head)).isEqualTo(first.get(i));
      }
    }
  }

  @Test
  void aPaddedBatchAnswersAsEachTextAlone() {
    Head head = randomHead(2, 384, 6);
    List<String> texts = List.of("One.", "A second text, longer than the first one is.", "Third");
    float[][] together =
        base.encoder().logits(Batch.of(texts.stream().map(MiniLmTest::encode).toList()), head);
    for (int i = 0; i < texts.size(); i++) {
      float[] alone = logits(texts.get(i), head);
      for (int j = 0; j < alone.length; j++) {
        assertThat(together[i][j]).isCloseTo(alone[j], within(1e-4f));
      }
    }
  }

  @Test
  void aPairHasTheFeaturesOfBothTextsAndHowTheyDiffer() {
    Batch pair =
        Batch.ofPairs(
            List.of(encode("A man is eating food.")), List.of(encode("The stock market fell.")));
    float[] features = base.encoder().features(pair)[0];
    float[] u = feature("A man is eating food.");
    float[] v = feature("The stock market fell.");
    assertThat(features).hasSize(base.encoder().featureCount(true));
    for (int i = 0; i < 384; i++) {
      assertThat(features[i]).isCloseTo(u[i], within(1e-5f));
      assertThat(features[384 + i]).isCloseTo(v[i], within(1e-5f));
      assertThat(features[768 + i]).isCloseTo(Math.abs(u[i] - v[i]), within(1e-5f));
      assertThat(features[1152 + i]).isCloseTo(u[i] * v[i], within(1e-5f));
    }
  }

  @Test
  void anOverlayIsTakenOffBitForBit() {
    long seed = new Random().nextLong();
    System.out.println("MiniLmTest seed " + seed);
    Random random = new Random(seed);
    Overlay overlay = new Overlay(base);
    float[] before = logits("The same text.", randomHead(2, 384, 7));
    for (int round = 0; round < 5; round++) {
      List<SparseDelta> deltas = randomDeltas(random);
      float[] expected = new float[deltas.get(0).positions().length];
      FloatBuffer values = parameter(deltas.get(0).parameter()).values();
      for (int i = 0; i < expected.length; i++) {
        expected[i] = values.get(deltas.get(0).positions()[i]) + deltas.get(0).values()[i];
      }
      boolean stacked = round % 2 == 1;
      overlay.lay(deltas);
      if (stacked) {
        overlay.lay(deltas);
      }
      for (int i = 0; i < expected.length; i++) {
        assertThat(values.get(deltas.get(0).positions()[i])).isEqualTo(expected[i]);
      }
      assertThat(logits("The same text.", randomHead(2, 384, 7))).isNotEqualTo(before);
      overlay.takeOff();
    }
    assertThat(base.currentDigest()).isEqualTo(base.digest());
    assertThat(logits("The same text.", randomHead(2, 384, 7))).isEqualTo(before);
  }

  @Test
  void stepsLeaveNothingBehind() {
    Head head = randomHead(2, 384, 8);
    Batch batch = Batch.of(List.of(encode("One."), encode("Two, three.")));
    int before = base.managed();
    for (int i = 0; i < 50; i++) {
      base.encoder().step(batch, head, new Targets.Classes(new int[] {0, 1})).close();
      base.encoder().logits(batch, head);
    }
    assertThat(base.managed()).isEqualTo(before);
  }

  private static List<SparseDelta> randomDeltas(Random random) {
    List<SparseDelta> deltas = new ArrayList<>();
    for (Parameter parameter : base.parameters()) {
      int[] positions =
          random
              .ints(1 + parameter.size() / 200, 0, parameter.size())
              .distinct()
              .sorted()
              .toArray();
      float[] values = new float[positions.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian() * 0.05f;
      }
      deltas.add(new SparseDelta(parameter.name(), positions, values));
    }
    return deltas;
  }

  private static Parameter parameter(String name) {
    return base.parameters().stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
  }

  private static Encoding encode(String text) {
    return base.tokenizer().encode(text, 128);
  }

  private static float[] feature(String text) {
    return base.encoder().features(Batch.of(List.of(encode(text))))[0];
  }

  private static float[] logits(String text, Head head) {
    return base.encoder().logits(Batch.of(List.of(encode(text))), head)[0];
  }

  private static Head randomHead(int outputs, int features, long seed) {
    Random random = new Random(seed);
    Head head = Head.zeros(outputs, features);
    for (int i = 0; i < head.weight().length; i++) {
      head.weight()[i] = (float) random.nextGaussian();
    }
    return head;
  }

  private static double cosine(float[] a, float[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return dot / Math.sqrt(aa * bb);
  }
}
