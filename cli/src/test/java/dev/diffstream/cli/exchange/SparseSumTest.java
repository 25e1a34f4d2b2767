package dev.diffstream.cli.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SparseSumTest {
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void sumsAsADenseArrayDoes(long seed) {
    Random random = new Random(seed);
    int[] positions = random.ints(60, 0, 40).toArray();
    float[] values = new float[positions.length];
    float[] dense = new float[40];
    for (int i = 0; i < values.length; i++) {
      values[i] = (random.nextInt(5) - 2) / 4f;
      dense[positions[i]] += values[i];
    }
    SparseTensor sum = SparseSum.of("x", List.of(40), positions, values);
    float[] spread = new float[40];
    for (int i = 0; i < sum.positions().length; i++) {
      spread[sum.positions()[i]] = sum.values()[i];
    }
    assertThat(spread).containsExactly(dense);
    assertThat(sum.positions())
        .isEqualTo(IntStream.range(0, 40).filter(i -> dense[i] != 0).toArray());
  }
}
