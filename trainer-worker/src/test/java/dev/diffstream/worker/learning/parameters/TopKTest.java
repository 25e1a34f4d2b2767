package dev.diffstream.worker.learning.parameters;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class TopKTest {
  private final Arena memory = Arena.ofShared();

  @AfterEach
  void close() {
    memory.close();
  }

  private int[] largest(float[] changes, float[] promise, int k) {
    return TopK.largest(FloatArray.of(memory, changes), FloatArray.of(memory, promise), k);
  }

  /** The oracle sorts. */
  @RepeatedTest(50)
  void takesExactlyTheKLargest() {
    long seed = new Random().nextLong();
    System.out.println("TopKTest seed " + seed);
    Random random = new Random(seed);
    int n = 1 + random.nextInt(300);
    float[] changes = new float[n];
    float[] promise = new float[n];
    for (int i = 0; i < n; i++) {
      changes[i] = random.nextInt(3) == 0 ? 0 : (random.nextInt(20) - 10) / 7f;
      promise[i] = random.nextInt(10) / 3f;
    }
    int k = random.nextInt(n + 1);
    int[] expected =
        IntStream.range(0, n)
            .boxed()
            .sorted(
                Comparator.<Integer>comparingDouble(i -> -Math.abs(changes[i]))
                    .thenComparingDouble(i -> changes[i] == 0 ? -promise[i] : 0)
                    .thenComparingInt(i -> i))
            .filter(i -> changes[i] != 0 || promise[i] != 0)
            .limit(k)
            .mapToInt(i -> i)
            .sorted()
            .toArray();
    assertThat(largest(changes, promise, k)).isEqualTo(expected);
  }

  @Test
  void whatIsZeroIsNeverTaken() {
    assertThat(TopK.largest(FloatArray.of(memory, 0, -2, 0), 2)).containsExactly(1);
    assertThat(largest(new float[] {0, 0}, new float[] {0, 1}, 2)).containsExactly(1);
    assertThat(TopK.largest(FloatArray.of(memory), 1)).isEmpty();
  }

  @Test
  void fillsUpByPromiseWhereChangesAreTooFew() {
    assertThat(largest(new float[] {0, 3, 0, 0}, new float[] {1, 0, 5, 2}, 3))
        .containsExactly(1, 2, 3);
  }
}
