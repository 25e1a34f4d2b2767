package dev.diffstream.cli.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ZipfTest {
  @Test
  void theSecondIsDrawnHalfAsOftenAsTheFirst() {
    Zipf zipf = new Zipf(4);
    int[] counts = new int[4];
    Random random = new Random(5);
    for (int i = 0; i < 100_000; i++) {
      counts[zipf.draw(random)]++;
    }
    double first = 100_000 / (1 + 1 / 2.0 + 1 / 3.0 + 1 / 4.0);
    for (int k = 0; k < 4; k++) {
      assertThat((double) counts[k]).isCloseTo(first / (k + 1), Offset.offset(600.0));
    }
  }

  @Test
  void ofOneThereIsOne() {
    assertThat(new Zipf(1).draw(new Random(1))).isZero();
  }
}
