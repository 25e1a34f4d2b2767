package dev.diffstream.base.mixed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.base.TinyBert;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.mixed.MixedPass.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Products in bf16, which has 8 bits of mantissa. */
final class LowPrecisionTest {
  private static final long SEED = Long.getLong("diffstream.test.seed", 5);

  @Test
  void answersAreNearThoseInFp32AndTheSameEachTime() {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    try (Base base = TinyBert.load("gelu");
        MixedPass exact = new KernelPass(base, 2);
        MixedPass low = new KernelPass(base, 2, Compute.BF16)) {
      Head head = TinyBert.randomHead(random, 3, base.architecture().hidden());
      List<float[][]> expected = new ArrayList<>();
      List<Request> asked = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        var text = TinyBert.text(base, random, 2 + i);
        expected.addAll(exact.logits(List.of(request(exact, text, head))));
        asked.add(request(low, text, head));
      }
      List<float[][]> answers = low.logits(asked);
      double largest = 0;
      for (int i = 0; i < answers.size(); i++) {
        for (int output = 0; output < 3; output++) {
          float value = expected.get(i)[0][output];
          double error = Math.abs(answers.get(i)[0][output] - value);
          largest = Math.max(largest, error);
          assertThat(error).isLessThan(0.05 * (1 + Math.abs(value)));
        }
      }
      assertThat(largest).as("it is bf16").isGreaterThan(1e-5);
      float[][] alone = low.logits(asked.subList(3, 4)).getFirst();
      low.logits(asked);
      assertThat(low.logits(asked.subList(3, 4)).getFirst()).isDeepEqualTo(alone);
      assertThat(base.currentDigest()).isEqualTo(base.digest());
    }
  }

  private static Request request(
      MixedPass pass, dev.diffstream.base.input.Encoding text, Head head) {
    return new Request(text, pass.prepare(new SparseDelta(List.of())), head, null);
  }

  @Test
  void theErrorIsThatOfTheFeatures() {
    List<String> texts = List.of("a man eats", "nobody calls me back");
    try (Base base = TinyBert.load("gelu");
        MixedPass exact = new KernelPass(base, 1);
        MixedPass low = new KernelPass(base, 1, Compute.BF16)) {
      assertThat(ComputeError.of(base, exact, texts)).isZero();
      assertThat(ComputeError.of(base, low, texts)).isBetween(1e-5, 0.1);
    }
  }
}
