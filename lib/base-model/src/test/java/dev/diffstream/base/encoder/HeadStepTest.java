package dev.diffstream.base.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.base.TinyBert;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.input.TensorInput;
import dev.diffstream.base.input.TokenSelection;
import dev.diffstream.base.network.Dropout;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A step over a frozen base is a whole step without the base's gradients, bit for bit. */
class HeadStepTest {
  private static final List<Encoding> TEXTS =
      List.of(
          Encoding.ofTokens(new int[] {2, 5, 9, 11, 3}),
          Encoding.ofTokens(new int[] {2, 7, 3}),
          Encoding.ofTokens(new int[] {2, 8, 6, 3}));
  private static final Batch BATCH = Batch.of(TEXTS);
  private static final Targets CLASSES = new Targets.ClassTargets(new int[] {0, 2, 1});

  private final long seed = new Random().nextInt(1 << 30);
  private final Random random = new Random(seed);

  HeadStepTest() {
    System.out.println("HeadStepTest seed " + seed);
  }

  @Test
  void equalsAWholeStepForEveryKindOfTarget() {
    try (Base base = TinyBert.load("gelu")) {
      Encoder encoder = base.encoder();
      float[][] sets = {{1, 0, 1}, {0, 0, 0}, {0, 1, 0}};
      TokenSelection tokens =
          TokenSelection.of(List.of(new int[] {1, 3}, new int[0], new int[] {2}));
      Targets ofTokens = new Targets.TokenTargets(tokens, new int[] {2, 0, 1});
      assertEqual(encoder, BATCH, head(base, 3), CLASSES, Dropout.NONE);
      assertEqual(
          encoder, BATCH, head(base, 1), new Targets.RealTargets(new float[3]), Dropout.NONE);
      assertEqual(encoder, BATCH, head(base, 3), new Targets.LabelSetTargets(sets), Dropout.NONE);
      assertEqual(encoder, BATCH, head(base, 3), ofTokens, Dropout.NONE);
      assertEqual(encoder, BATCH, base.newTiedHead(), ofTokens, Dropout.NONE);
    }
  }

  @Test
  void equalsAWholeStepWithDropout() {
    try (Base base = TinyBert.load("gelu")) {
      Dropout dropout = Dropout.of(0.3, seed, TEXTS);
      assertEqual(base.encoder(), BATCH, head(base, 3), CLASSES, dropout);
    }
  }

  @ParameterizedTest
  @EnumSource
  void equalsAWholeStepOfAReplica(Compute compute) {
    try (Base base = TinyBert.load("gelu");
        Replica replica = base.replica(ComputeDevice.cpu(), compute)) {
      assertEqual(replica.encoder(), BATCH, head(base, 3), CLASSES, Dropout.NONE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"image", "audio"})
  void equalsAWholeStepOfAModule(String name) {
    try (Base base = Base.from(TinyBert.ofModule(name))) {
      Batch batch =
          Batch.of(
              List.of(
                  TensorInput.noise(base.tensorInputs(), 0),
                  TensorInput.noise(base.tensorInputs(), 1),
                  TensorInput.noise(base.tensorInputs(), 2)));
      assertEqual(base.encoder(), batch, head(base, 3), CLASSES, Dropout.NONE);
    }
  }

  /** Between two whole steps, which it does not disturb. */
  private static void assertEqual(
      Encoder encoder, Batch batch, Head head, Targets targets, Dropout dropout) {
    try (Gradients whole = encoder.step(batch, head, targets, dropout)) {
      int held = encoder.heldTensors();
      try (Gradients ofHead = encoder.headStep(batch, head, targets, dropout);
          Gradients again = encoder.step(batch, head, targets, dropout)) {
        assertThat(ofHead.loss()).isEqualTo(whole.loss());
        assertThat(ofHead.logits()).isDeepEqualTo(whole.logits());
        assertThat(array(ofHead.headWeight())).isEqualTo(array(whole.headWeight()));
        assertThat(array(ofHead.headBias())).isEqualTo(array(whole.headBias()));
        assertThat(ofHead.parameters()).isEmpty();
        assertThat(ofHead.finite()).isTrue();
        for (int i = 0; i < whole.parameters().size(); i++) {
          assertThat(array(again.parameters().get(i))).isEqualTo(array(whole.parameters().get(i)));
        }
      }
      assertThat(encoder.heldTensors()).isEqualTo(held);
    }
  }

  private Head head(Base base, int outputs) {
    return TinyBert.randomHead(random, outputs, base.encoder().featureCount(false));
  }

  private static float[] array(FloatBuffer values) {
    float[] array = new float[values.capacity()];
    values.get(0, array);
    return array;
  }
}
