package dev.diffstream.base.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.base.TinyBert;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** A batch of one gives the same bits, whenever, wherever and beside whatever it is asked. */
final class DeterminismTest {
  private static final long SEED = 42;

  @Test
  void firstAndTwentiethCallAgree() {
    System.out.println("seed " + SEED);
    float[] other;
    try (Base base = Base.miniLm()) {
      Head head = TinyBert.randomHead(new Random(SEED), 3, base.encoder().featureCount(false));
      Batch asked = single(base, "A man is eating food.");
      float[] first = base.encoder().logits(asked, head)[0];
      Random random = new Random(SEED);
      for (int call = 2; call <= 20; call++) {
        between(base, head, random);
        assertThat(base.encoder().logits(asked, head)[0]).as("call " + call).containsExactly(first);
      }
      Head copy = TinyBert.randomHead(new Random(SEED), 3, base.encoder().featureCount(false));
      assertThat(base.encoder().logits(asked, copy)[0]).containsExactly(first);
      other = first;
    }
    try (Base again = Base.miniLm()) {
      Head head = TinyBert.randomHead(new Random(SEED), 3, again.encoder().featureCount(false));
      float[] answer = again.encoder().logits(single(again, "A man is eating food."), head)[0];
      assertThat(answer).as("loaded again").containsExactly(other);
    }
  }

  @Test
  void manyThreadsAgree() throws Exception {
    try (Base base = TinyBert.load("gelu");
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Head head = TinyBert.randomHead(new Random(SEED), 2, 32);
      Batch asked = Batch.of(List.of(TinyBert.text(base, new Random(1), 11)));
      float[] expected = base.encoder().logits(asked, head)[0];
      List<Callable<float[]>> calls = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        calls.add(() -> base.encoder().logits(asked, head)[0]);
      }
      for (Future<float[]> answer : threads.invokeAll(calls)) {
        assertThat(answer.get()).containsExactly(expected);
      }
    }
  }

  @Test
  void neighboursAndPaddingHardlyMatter() {
    try (Base base = TinyBert.load("relu")) {
      Random random = new Random(SEED);
      Head head = TinyBert.randomHead(random, 2, 32);
      Encoding asked = TinyBert.text(base, random, 5);
      float[] alone = base.encoder().logits(Batch.of(List.of(asked)), head)[0];
      Batch mixed = Batch.of(List.of(TinyBert.text(base, random, 20), asked));
      assertThat(base.encoder().logits(mixed, head)[1])
          .containsExactly(alone, org.assertj.core.api.Assertions.within(1e-4f));
    }
  }

  private static void between(Base base, Head head, Random random) {
    List<Encoding> encodings = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      encodings.add(TinyBert.text(base, random, 1 + random.nextInt(30)));
    }
    Batch batch = Batch.of(encodings);
    if (random.nextBoolean()) {
      base.encoder().logits(batch, head);
    } else {
      base.encoder().step(batch, head, new Targets.ClassTargets(new int[batch.size()])).close();
    }
  }

  private static Batch single(Base base, String text) {
    return Batch.of(List.of(base.tokenizer().encode(text, null, 128)));
  }
}
