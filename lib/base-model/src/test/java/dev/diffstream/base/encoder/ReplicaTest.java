package dev.diffstream.base.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.TinyBert;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplicaTest {
  private static final Batch TEXTS =
      Batch.of(
          List.of(
              Encoding.ofTokens(new int[] {2, 5, 9, 3}), Encoding.ofTokens(new int[] {2, 7, 3})));
  private static final Targets CLASSES = new Targets.ClassTargets(new int[] {0, 2});

  private final Base base = TinyBert.load("gelu");
  private final Head head = head();

  @AfterEach
  void close() {
    base.close();
  }

  @Test
  void inFp32ItGivesWhatTheBaseGives() {
    try (Replica replica = base.replica(ComputeDevice.cpu(), Compute.FP32);
        Gradients expected = base.encoder().step(TEXTS, head, CLASSES);
        Gradients actual = replica.encoder().step(TEXTS, head, CLASSES)) {
      assertThat(replica.encoder().logits(TEXTS, head))
          .isDeepEqualTo(base.encoder().logits(TEXTS, head));
      assertThat(actual.loss()).isEqualTo(expected.loss());
      assertThat(actual.finite()).isTrue();
      float[] flat = replica.gradients(actual).floats();
      for (int p = 0; p < base.parameters().size(); p++) {
        float[] ofBase = array(expected.parameters().get(p));
        int from = (int) replica.offset(p);
        assertThat(array(actual.parameters().get(p))).isEqualTo(ofBase);
        assertThat(Arrays.copyOfRange(flat, from, from + ofBase.length)).isEqualTo(ofBase);
      }
      assertThat(flat).hasSize((int) replica.offset(base.parameters().size()) + 1).endsWith(0f);
    }
  }

  @Test
  void whatIsWrittenIntoThetaIsSeenByBothKindsOfPassesAndNotByTheBase() {
    for (Compute compute : Compute.values()) {
      try (Replica replica = base.replica(ComputeDevice.cpu(), compute)) {
        float[][] before = replica.encoder().logits(TEXTS, head);
        float loss = loss(replica);
        replica
            .script("theta: Tensor", "  return torch.mul_(theta, 0.5)\n")
            .run(replica.theta())
            .close();
        replica.thetaChanged();
        assertThat(replica.encoder().logits(TEXTS, head)).isNotEqualTo(before);
        assertThat(loss(replica)).isNotEqualTo(loss);
        assertThat(base.currentDigest()).isEqualTo(base.digest());
      }
    }
  }

  /** bf16 keeps 8 bits of each number: a per cent or so of a gradient's length is lost. */
  @Test
  void inBf16EvaluationIsInFp32AndGradientsPointWhereThoseOfFp32Do() {
    try (Replica replica = base.replica(ComputeDevice.cpu(), Compute.BF16);
        Gradients expected = base.encoder().step(TEXTS, head, CLASSES);
        Gradients actual = replica.encoder().step(TEXTS, head, CLASSES)) {
      assertThat(replica.encoder().logits(TEXTS, head))
          .isDeepEqualTo(base.encoder().logits(TEXTS, head));
      assertThat(actual.loss()).isCloseTo(expected.loss(), within(0.02f));
      float[] a = all(actual.parameters());
      float[] b = all(expected.parameters());
      double difference = 0;
      for (int i = 0; i < a.length; i++) {
        difference += Math.pow(a[i] - b[i], 2);
      }
      assertThat(Math.sqrt(difference) / norm(b)).isPositive().isLessThan(0.03);
    }
  }

  @Test
  void gradientsOfPartsAddUpAndAreSeenNotToBeFinite() {
    try (Replica replica = base.replica(ComputeDevice.cpu(), Compute.FP32);
        Gradients one = replica.encoder().step(TEXTS, head, CLASSES);
        Gradients more = replica.encoder().step(TEXTS, head, CLASSES)) {
      float[] single = all(one.parameters());
      one.scale(0.5f);
      one.add(more, 0.5f);
      assertThat(all(one.parameters())).isEqualTo(single);
      one.scale(Float.POSITIVE_INFINITY);
      assertThat(one.finite()).isFalse();
    }
  }

  @Test
  void stepsLeaveNoTensorBehind() {
    for (Compute compute : Compute.values()) {
      try (Replica replica = base.replica(ComputeDevice.cpu(), compute)) {
        loss(replica);
        replica.thetaChanged();
        int held = replica.encoder().heldTensors();
        for (int i = 0; i < 5; i++) {
          loss(replica);
          replica.thetaChanged();
        }
        assertThat(replica.encoder().heldTensors()).isEqualTo(held);
      }
    }
  }

  private float loss(Replica replica) {
    try (Gradients step = replica.encoder().step(TEXTS, head, CLASSES)) {
      return step.loss();
    }
  }

  private Head head() {
    Head made = new Head(3, base.encoder().featureCount(false));
    for (int i = 0; i < made.weight().capacity(); i++) {
      made.weight().put(i, (i % 7 - 3) / 10f);
    }
    return made;
  }

  private static float[] all(List<FloatBuffer> buffers) {
    float[][] arrays = buffers.stream().map(ReplicaTest::array).toArray(float[][]::new);
    float[] all = new float[Stream.of(arrays).mapToInt(a -> a.length).sum()];
    int at = 0;
    for (float[] array : arrays) {
      System.arraycopy(array, 0, all, at, array.length);
      at += array.length;
    }
    return all;
  }

  private static double norm(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }

  private static float[] array(FloatBuffer buffer) {
    float[] array = new float[buffer.capacity()];
    buffer.get(0, array);
    return array;
  }
}
