package dev.diffstream.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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
    Batch tooLong = Batch.of(List.of(TinyBert.text(base, random, 25)));
    assertThatThrownBy(() -> encoder.features(tooLong))
        .hasMessage("the batch has sequences of 25 tokens, the base takes at most 24");
    Batch unknown = Batch.of(List.of(new Encoding(new int[] {41}, new int[1], 1, false)));
    assertThatThrownBy(() -> encoder.features(unknown))
        .hasMessage("token id 41 of type 0, the base knows 41 ids and 2 types");
  }

  private void assertSlopes(Batch batch, int outputs, Targets targets) {
    System.out.println("seed " + SEED);
    Head head = TinyBert.randomHead(random, outputs, base.encoder().featureCount(batch.pairs()));
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
