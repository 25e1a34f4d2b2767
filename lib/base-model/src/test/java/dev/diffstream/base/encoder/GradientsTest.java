package dev.diffstream.base.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.TinyBert;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.input.TokenSelection;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients are the slopes of the loss, for every parameter of the base and of the head. */
final class GradientsTest {
  private static final long SEED = 20_260_101;

  /** Small, for the absolute values in the features of pairs have kinks; not lost in rounding. */
  private static final double STEP = 5e-4;

  private final Random random = new Random(SEED);
  private Base base;

  @BeforeEach
  void load() {
    base = TinyBert.load("gelu");
  }

  @AfterEach
  void close() {
    base.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void areSlopesOfTheCrossEntropy(boolean pairs) {
    assertSlopes(batch(pairs), 3, new Targets.ClassTargets(new int[] {2, 0, 1, 1}));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void areSlopesOfTheSquaredError(boolean pairs) {
    assertSlopes(batch(pairs), 1, new Targets.RealTargets(new float[] {0.5f, -1, 0, 2}));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void areSlopesOfTheBinaryCrossEntropy(boolean pairs) {
    float[][] sets = {{1, 0, 1}, {0, 0, 0}, {1, 1, 1}, {0, 1, 0}};
    assertSlopes(batch(pairs), 3, new Targets.LabelSetTargets(sets));
  }

  @Test
  void areSlopesOverJointPairsAndTheirTokenTypes() {
    List<Encoding> encodings = new ArrayList<>();
    for (int length : new int[] {4, 9, 2, 6}) {
      encodings.add(TinyBert.joint(base, random, length));
    }
    Batch batch = Batch.of(encodings);
    assertSlopes(batch, 3, new Targets.ClassTargets(new int[] {2, 0, 1, 1}));
    Head head = TinyBert.randomHead(random, 3, 32);
    try (Gradients step =
        base.encoder().step(batch, head, new Targets.ClassTargets(new int[] {2, 0, 1, 1}))) {
      for (int i = 0; i < base.parameters().size(); i++) {
        Parameter parameter = base.parameters().get(i);
        if (parameter.name().endsWith("token_type_embeddings.weight")) {
          FloatBuffer gradient = step.parameters().get(i);
          assertThat(norm(gradient.slice(0, 32))).isPositive();
          assertThat(norm(gradient.slice(32, 32))).isPositive();
        }
      }
    }
  }

  @Test
  void areSlopesOfTheCrossEntropyOverSingleTokens() {
    TokenSelection tokens =
        TokenSelection.of(
            List.of(new int[] {1, 3}, new int[] {8, 2, 2}, new int[0], new int[] {5}));
    int[] classes = {2, 0, 1, 1, 0, 2};
    assertSlopes(batch(false), 3, new Targets.TokenTargets(tokens, classes));
  }

  @Test
  void areSlopesOfTheMaskedLanguageModel() {
    TokenSelection tokens =
        TokenSelection.of(List.of(new int[] {1}, new int[] {8, 2}, new int[0], new int[] {5, 0}));
    Head head = randomTiedHead();
    assertSlopes(batch(false), head, new Targets.TokenTargets(tokens, new int[] {40, 3, 7, 7, 0}));
  }

  @Test
  void tokensAnswerAsTheirHiddenStatesSay() {
    Batch batch = batch(false);
    Head head = TinyBert.randomHead(random, 3, 32);
    TokenSelection tokens = TokenSelection.of(List.of(new int[] {3}, new int[] {0, 8}));
    float[][] logits = base.encoder().logits(batch, head, tokens);
    float[][][] states = base.encoder().hiddenStates(batch);
    float[][] asked = {states[0][3], states[1][0], states[1][8]};
    for (int i = 0; i < 3; i++) {
      for (int c = 0; c < 3; c++) {
        double expected = head.bias().get(c);
        for (int f = 0; f < 32; f++) {
          expected += (double) asked[i][f] * head.weight().get(c * 32 + f);
        }
        assertThat((double) logits[i][c]).isCloseTo(expected, within(1e-4));
      }
    }
    assertThat(base.encoder().logits(batch, head, TokenSelection.of(List.of()))).isEmpty();
  }

  @Test
  void aTiedHeadIsTransformNormAndWordEmbedding() {
    Batch batch = batch(false);
    Head head = randomTiedHead();
    float[] state = base.encoder().hiddenStates(batch)[1][4];
    float[] logits =
        base.encoder().logits(batch, head, new TokenSelection(new int[] {1}, new int[] {4}))[0];
    double[] expected = TiedHeadOracle.logits(base, head, state);
    for (int word = 0; word < expected.length; word++) {
      assertThat((double) logits[word]).isCloseTo(expected[word], within(1e-4));
    }
    int[] classes = {7};
    try (Gradients step =
        base.encoder()
            .step(
                batch,
                head,
                new Targets.TokenTargets(
                    new TokenSelection(new int[] {1}, new int[] {4}), classes))) {
      double sum = 0;
      for (double logit : expected) {
        sum += Math.exp(logit);
      }
      assertThat((double) step.loss()).isCloseTo(Math.log(sum) - expected[7], within(1e-4));
      assertThat(step.logits()).isEmpty();
    }
  }

  @Test
  void aTiedHeadBeginsWithTheStatesThemselves() {
    Head head = base.newTiedHead();
    assertThat(head.outputs()).isEqualTo(base.architecture().vocab());
    assertThat(head.embedding()).isEqualTo(32);
    for (int i = 0; i < 32 * 32; i++) {
      assertThat(head.weight().get(i)).isEqualTo(i % 33 == 0 ? 1 : 0);
    }
    for (int i = 0; i < 96; i++) {
      assertThat(head.weight().get(32 * 32 + i)).isEqualTo(i / 32 == 1 ? 1 : 0);
    }
  }

  @Test
  void lossAndLogitsAreThoseOfTheForwardPass() {
    Batch batch = batch(false);
    Head head = TinyBert.randomHead(random, 3, 32);
    int[] classes = {2, 0, 1, 1};
    try (Gradients step = base.encoder().step(batch, head, new Targets.ClassTargets(classes))) {
      float[][] logits = base.encoder().logits(batch, head);
      double loss = 0;
      for (int i = 0; i < logits.length; i++) {
        assertThat(step.logits()[i]).containsExactly(logits[i], within(1e-5f));
        double sum = 0;
        for (float logit : logits[i]) {
          sum += Math.exp(logit);
        }
        loss += (Math.log(sum) - logits[i][classes[i]]) / logits.length;
      }
      assertThat((double) step.loss()).isCloseTo(loss, within(1e-5));
    }
  }

  @Test
  void cannotBeReadAfterClosing() {
    Head head = TinyBert.randomHead(random, 1, 32);
    Gradients step = base.encoder().step(batch(false), head, new Targets.RealTargets(new float[4]));
    FloatBuffer gradient = step.parameters().getFirst();
    step.close();
    step.close();
    assertThatThrownBy(() -> gradient.get(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesWhatDoesNotFit() {
    Batch batch = batch(false);
    Encoder encoder = base.encoder();
    Head head = new Head(2, 32);
    assertThatThrownBy(() -> encoder.step(batch, head, new Targets.ClassTargets(new int[3])))
        .hasMessage("3 targets for a batch of 4 examples");
    assertThatThrownBy(
            () -> encoder.step(batch, head, new Targets.ClassTargets(new int[] {0, 1, 2, 0})))
        .hasMessage("class 2 for a head of 2 outputs");
    assertThatThrownBy(() -> encoder.step(batch, head, new Targets.RealTargets(new float[4])))
        .hasMessage("a regression needs a head of 1 output, but it has 2");
    assertThatThrownBy(() -> encoder.logits(batch, new Head(2, 31)))
        .hasMessage("the head takes 31 features, texts of this base have 32");
    assertThatThrownBy(
            () ->
                encoder.step(
                    batch,
                    head,
                    new Targets.LabelSetTargets(new float[][] {{1}, {0, 1}, {0, 1}, {1, 0}})))
        .hasMessage("1 labels for a head of 2 outputs");
    TokenSelection one = new TokenSelection(new int[] {0}, new int[] {9});
    assertThatThrownBy(
            () -> encoder.step(batch, head, new Targets.TokenTargets(one, new int[] {0, 1})))
        .hasMessage("2 classes for 1 tokens");
    assertThatThrownBy(() -> encoder.logits(batch, head, one))
        .hasMessage("token 9 of example 0, the batch has 4 examples of 9 tokens");
    assertThatThrownBy(() -> encoder.logits(batch(true), new Head(2, 128), one))
        .hasMessage("single tokens can be selected of texts only, not of pairs or tensors");
    assertThatThrownBy(() -> encoder.logits(batch, base.newTiedHead()))
        .hasMessage("a tied head gives logits of single tokens only");
    assertThatThrownBy(
            () -> encoder.step(batch, base.newTiedHead(), new Targets.ClassTargets(new int[4])))
        .hasMessage("a tied head gives logits of single tokens only");
    Batch tooLong = Batch.of(List.of(TinyBert.text(base, random, 25)));
    assertThatThrownBy(() -> encoder.features(tooLong))
        .hasMessage("the batch has sequences of 25 tokens, the base takes at most 24");
    Batch unknown = Batch.of(List.of(Encoding.ofTokens(new int[] {41})));
    assertThatThrownBy(() -> encoder.features(unknown))
        .hasMessage("token id 41 of type 0, the base has 41 ids and 2 types");
  }

  private void assertSlopes(Batch batch, int outputs, Targets targets) {
    System.out.println("seed " + SEED);
    int features =
        targets instanceof Targets.TokenTargets ? 32 : base.encoder().featureCount(batch.pairs());
    assertSlopes(batch, TinyBert.randomHead(random, outputs, features), targets);
  }

  private Head randomTiedHead() {
    Head head = base.newTiedHead();
    for (int i = 0; i < head.weight().capacity(); i++) {
      head.weight().put(i, head.weight().get(i) + 0.2f * (float) random.nextGaussian());
    }
    for (int i = 0; i < head.outputs(); i++) {
      head.bias().put(i, (float) random.nextGaussian());
    }
    return head;
  }

  private void assertSlopes(Batch batch, Head head, Targets targets) {
    try (Gradients step = base.encoder().step(batch, head, targets)) {
      for (int i = 0; i < base.parameters().size(); i++) {
        Parameter parameter = base.parameters().get(i);
        FloatBuffer gradient = step.parameters().get(i);
        assertThat(gradient.capacity()).isEqualTo(parameter.size());
        assertSlope(parameter.name(), parameter.values(), gradient, batch, head, targets);
      }
      assertSlope("head weight", head.weight(), step.headWeight(), batch, head, targets);
      assertSlope("head bias", head.bias(), step.headBias(), batch, head, targets);
    }
  }

  /** Compares along the gradient's own direction and along a random one. */
  private void assertSlope(
      String name, FloatBuffer values, FloatBuffer gradient, Batch batch, Head head, Targets t) {
    int size = values.capacity();
    double norm = norm(gradient);
    for (boolean along : new boolean[] {true, false}) {
      float[] direction = new float[size];
      for (int i = 0; i < size; i++) {
        direction[i] = along ? gradient.get(i) : (float) random.nextGaussian();
      }
      double length = Math.max(norm(FloatBuffer.wrap(direction)), 1e-12);
      double expected = 0;
      for (int i = 0; i < size; i++) {
        direction[i] /= (float) length;
        expected += (double) direction[i] * gradient.get(i);
      }
      double slope = slope(values, direction, batch, head, t);
      assertThat(slope).as(name).isCloseTo(expected, within(1e-3 + 0.01 * norm));
    }
  }

  private double slope(FloatBuffer values, float[] direction, Batch batch, Head head, Targets t) {
    float[] before = new float[values.capacity()];
    values.get(0, before);
    double[] loss = new double[2];
    for (int side = 0; side < 2; side++) {
      for (int i = 0; i < before.length; i++) {
        values.put(i, before[i] + (float) ((side == 0 ? STEP : -STEP) * direction[i]));
      }
      try (Gradients step = base.encoder().step(batch, head, t)) {
        loss[side] = step.loss();
      }
    }
    values.put(0, before);
    return (loss[0] - loss[1]) / (2 * STEP);
  }

  private Batch batch(boolean pairs) {
    List<Encoding> encodings = new ArrayList<>();
    for (int length : new int[] {4, 9, 2, 6}) {
      encodings.add(
          pairs ? TinyBert.pair(base, random, length) : TinyBert.text(base, random, length));
    }
    return Batch.of(encodings);
  }

  private static double norm(FloatBuffer values) {
    double sum = 0;
    for (int i = 0; i < values.capacity(); i++) {
      sum += (double) values.get(i) * values.get(i);
    }
    return Math.sqrt(sum);
  }
}
