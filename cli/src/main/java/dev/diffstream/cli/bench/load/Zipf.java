package dev.diffstream.cli.bench.load;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Numbers from 0, of which the k-th is drawn with a probability in proportion to 1 / (k + 1). */
public final class Zipf {
  private final double[] upTo;

  /**
   * @param count of numbers; at least 1
   */
  public Zipf(int count) {
    upTo = new double[count];
    double sum = 0;
    for (int k = 0; k < count; k++) {
      sum += 1.0 / (k + 1);
      upTo[k] = sum;
    }
  }

  public int draw(RandomGenerator random) {
    double drawn = random.nextDouble() * upTo[upTo.length - 1];
    int found = Arrays.binarySearch(upTo, drawn);
    return found >= 0 ? found + 1 : -found - 1;
  }
}
