package dev.diffstream.cli.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LargestChangesTest {
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void keepsTheLargestAsSortingDoes(long seed) {
    Random random = new Random(seed);
    Float[] changes = new Float[500];
    for (int i = 0; i < changes.length; i++) {
      changes[i] = (random.nextInt(41) - 20) * (random.nextBoolean() ? 1e-3f : 1.00001e-3f);
    }
    long nonzero = Arrays.stream(changes).filter(change -> change != 0).count();
    for (int count : new int[] {0, 1, 7, 250, 499, 500}) {
      List<Integer> expected =
          IntStream.range(0, changes.length)
              .boxed()
              .filter(i -> changes[i] != 0)
              .sorted(Comparator.comparing((Integer i) -> -Math.abs(changes[i])))
              .limit(Math.min(count, nonzero))
              .sorted()
              .toList();
      LargestChanges largest = new LargestChanges(count);
      for (int pass = 0; pass < LargestChanges.PASSES; pass++) {
        for (float change : changes) {
          largest.count(change);
        }
        largest.nextPass();
      }
      List<Integer> kept =
          IntStream.range(0, changes.length).boxed().filter(i -> largest.keep(changes[i])).toList();
      assertThat(kept).as("%d of %d", count, changes.length).isEqualTo(expected);
    }
  }
}
