package dev.diffstream.schemas.diff.arithmetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MagnitudeTest {
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void agreesWithDenseArrays(long seed) {
    DenseDiff diff = DenseDiff.random(new Random(seed));
    long count = 0;
    double squares = 0;
    double max = 0;
    for (float[] values : diff.parameters().values()) {
      for (float value : values) {
        if (!Float.isNaN(value)) {
          count++;
          squares += value * value;
          max = Math.max(max, Math.abs(value));
        }
      }
    }
    Magnitude magnitude = Magnitude.of(diff.sparse());
    assertThat(magnitude.nonzeros()).isEqualTo(count);
    assertThat(magnitude.l2()).isCloseTo(Math.sqrt(squares), within(1e-12));
    assertThat(magnitude.max()).isEqualTo(max);
    assertThat(magnitude.rms()).isCloseTo(Math.sqrt(squares / count), within(1e-12));
  }

  @Test
  void nothingIsZero() {
    Magnitude magnitude = Magnitude.of(new SparseTensor("x", List.of(1), new int[0], new float[0]));
    assertThat(magnitude).isEqualTo(new Magnitude(0, 0, 0));
    assertThat(magnitude.rms()).isZero();
  }
}
