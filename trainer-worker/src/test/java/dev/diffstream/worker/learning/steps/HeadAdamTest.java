package dev.diffstream.worker.learning.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.encoder.Targets;
import dev.diffstream.base.input.Batch;
import dev.diffstream.worker.TinyWorld;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeadAdamTest {
  @Test
  void isTextbookAdamWithTheNormOfItsGradientCutAtOne() {
    try (Base base = TinyWorld.base()) {
      Batch batch =
          Batch.of(
              List.of(
                  base.tokenizer().encode("the cat sat", null, 24),
                  base.tokenizer().encode("very good food", null, 24)));
      Head head = new Head(2, base.encoder().featureCount(false));
      HeadAdam adam = new HeadAdam(head);
      int size = 2 * head.features() + 2;
      double[] expected = new double[size];
      double[] mean = new double[size];
      double[] square = new double[size];
      boolean cut = false;
      for (int step = 1; step <= 6; step++) {
        try (Gradients gradients =
            base.encoder().step(batch, head, new Targets.ClassTargets(new int[] {0, 1}))) {
          // The second half is large, so that the cut is seen.
          double[] g = new double[size];
          double squares = 0;
          for (int i = 0; i < size; i++) {
            boolean weight = i < 2 * head.features();
            var buffer = weight ? gradients.headWeight() : gradients.headBias();
            int at = weight ? i : i - 2 * head.features();
            if (step > 3) {
              buffer.put(at, buffer.get(at) * 50);
            }
            g[i] = buffer.get(at);
            squares += g[i] * g[i];
          }
          double clip = Math.min(1, 1 / (Math.sqrt(squares) + 1e-6));
          cut |= clip < 0.5;
          for (int i = 0; i < size; i++) {
            mean[i] = 0.9 * mean[i] + 0.1 * clip * g[i];
            square[i] = 0.999 * square[i] + 0.001 * clip * clip * g[i] * g[i];
            expected[i] -=
                0.01
                    * mean[i]
                    / (1 - Math.pow(0.9, step))
                    / (Math.sqrt(square[i] / (1 - Math.pow(0.999, step))) + 1e-8);
          }
          adam.advance(gradients, 0.01);
        }
      }
      assertThat(cut).isTrue();
      for (int i = 0; i < size; i++) {
        boolean weight = i < 2 * head.features();
        float reached = weight ? head.weight().get(i) : head.bias().get(i - 2 * head.features());
        assertThat((double) reached).isCloseTo(expected[i], within(1e-6));
      }
    }
  }
}
