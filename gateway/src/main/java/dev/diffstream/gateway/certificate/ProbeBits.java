package dev.diffstream.gateway.certificate;

import java.util.Arrays;
import java.util.List;

/**
 * What a diff says to its probes, each asked alone, as the bits of its scores. Two are equal if all
 * bits are, those of zeros and of what is no number too.
 */
public final class ProbeBits {
  private final int[][] rows;

  private ProbeBits(int[][] rows) {
    this.rows = rows;
  }

  /**
   * @param rows scores of each probe, in their order
   */
  public static ProbeBits of(List<float[]> rows) {
    return new ProbeBits(rows.stream().map(ProbeBits::bits).toArray(int[][]::new));
  }

  private static int[] bits(float[] scores) {
    int[] bits = new int[scores.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(scores[i]);
    }
    return bits;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ProbeBits bits && Arrays.deepEquals(rows, bits.rows);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(rows);
  }
}
