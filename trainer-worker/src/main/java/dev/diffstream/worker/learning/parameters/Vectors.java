package dev.diffstream.worker.learning.parameters;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Loops over blocks of floats in vector instructions. Blocks are given by the address of their
 * first value ({@link FloatArray#address}). Each loop works on whole vectors: arrays reach to the
 * next multiple of {@link #WIDEST} behind the last value, and what lies there means nothing.
 *
 * <p>Small loops over blocks that stay in the first-level cache: one large loop has more values
 * alive than the processor has registers, and its vectors then go through the heap. For the same
 * reason loads and stores are written out here: the compiler always takes in {@code
 * fromMemorySegment}, but a method of ours around it only as long as the loop is small.
 */
public final class Vectors {
  /** Floats in the widest vector that the kernels count on, 512 bits. */
  public static final int WIDEST = 16;

  /** Values of a block. */
  public static final int BLOCK = 1024;

  public static final float BETA1 = 0.9f;
  public static final float BETA2 = 0.999f;
  public static final float EPSILON = 1e-8f;

  public static final VectorSpecies<Float> FLOATS =
      FloatVector.SPECIES_PREFERRED.length() <= WIDEST
          ? FloatVector.SPECIES_PREFERRED
          : FloatVector.SPECIES_512;

  /** All memory, by address. */
  public static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  public static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final int LANES = FLOATS.length();
  private static final int VECTOR_BYTES = LANES * Float.BYTES;

  /** e to this power, and its inverse, are floats of full precision. */
  private static final float MAX_EXPONENT = 86;

  private static final float LOG2_E = 1.44269504f;

  /** The high part has few enough bits that its products with whole numbers are exact. */
  private static final float LN2_HIGH = 0.693359375f;

  private static final float LN2_LOW = -2.12194440e-4f;

  /** Added to a small float, leaves its nearest whole number in the lowest bits. */
  private static final float ROUNDING = 0x1.8p23f;

  private static final int MANTISSA_BITS = 23;
  private static final int ONE_BITS = Float.floatToIntBits(1);

  private Vectors() {}

  /** The smallest multiple of {@link #WIDEST} that is not less. */
  public static int whole(int length) {
    return Math.addExact(length, WIDEST - 1) / WIDEST * WIDEST;
  }

  /**
   * The constants of one step of Adam (Kingma, Ba 2014; no weight decay), the same for all values.
   *
   * @param clip factor on the gradient
   * @param rate learning rate, divided by the first moment's bias correction
   * @param correction 1 / sqrt of the second moment's bias correction
   */
  public record AdamStep(float clip, float rate, float correction) {
    /**
     * @param step counted from 1
     */
    public static AdamStep of(double clip, double rate, long step) {
      return new AdamStep(
          (float) clip,
          (float) (rate / (1 - Math.pow(BETA1, step))),
          (float) (1 / Math.sqrt(1 - Math.pow(BETA2, step))));
    }

    /** What keeps a gradient of this norm at 1 or below. */
    public static double clip(double norm) {
      return Math.min(1, 1 / (norm + 1e-6));
    }
  }

  /**
   * Adam on {@code n} values.
   *
   * @param values changed
   * @param mean first moment, changed
   * @param square second moment, changed
   */
  public static void adam(
      AdamStep step, long gradient, long values, long mean, long square, int n) {
    long bytes = (long) n * Float.BYTES;
    for (long at = 0; at < bytes; at += VECTOR_BYTES) {
      FloatVector change = change(step, gradient + at, mean + at, square + at);
      FloatVector.fromMemorySegment(FLOATS, MEMORY, values + at, ORDER)
          .sub(change)
          .intoMemorySegment(MEMORY, values + at, ORDER);
    }
  }

  /** As {@link #adam} on alpha = log(values): values become {@code factor * values * e^-change}. */
  public static void adamOfLogarithm(
      AdamStep step,
      long gradient,
      long values,
      long mean,
      long square,
      int n,
      float factor,
      float min,
      float max) {
    long bytes = (long) n * Float.BYTES;
    for (long at = 0; at < bytes; at += VECTOR_BYTES) {
      FloatVector x = change(step, gradient + at, mean + at, square + at);
      FloatVector.fromMemorySegment(FLOATS, MEMORY, values + at, ORDER)
          .mul(expOfNegative(x))
          .mul(factor)
          .max(min)
          .min(max)
          .intoMemorySegment(MEMORY, values + at, ORDER);
    }
  }

  /**
   * The sum of squares of {@code n} values; behind them the block must hold zeros.
   *
   * <p>The lanes are added up one after another: {@code reduceLanes} adds them in one order where
   * it is interpreted and in another where it is compiled, so that bits would depend on when that
   * was.
   */
  public static double squares(long values, int n) {
    FloatVector sum = FloatVector.zero(FLOATS);
    long bytes = (long) n * Float.BYTES;
    for (long at = 0; at < bytes; at += VECTOR_BYTES) {
      FloatVector x = FloatVector.fromMemorySegment(FLOATS, MEMORY, values + at, ORDER);
      sum = x.fma(x, sum);
    }
    float[] lanes = new float[LANES];
    sum.intoArray(lanes, 0);
    float total = 0;
    for (float lane : lanes) {
      total += lane;
    }
    return total;
  }

  /**
   * e^-x with a relative error below 6e-5: {@code 2^k e^-r} with {@code x = r - k log 2}, and for
   * {@code |r| <= log(2) / 2} the Taylor polynomial of degree 4. Adam's change is at most 3.2 times
   * its rate, so at the default gate rate of 0.1 k is 0, and r is x.
   */
  static FloatVector expOfNegative(FloatVector x) {
    FloatVector bounded = x.max(-MAX_EXPONENT).min(MAX_EXPONENT);
    FloatVector shifted = bounded.mul(-LOG2_E).add(ROUNDING);
    FloatVector k = shifted.sub(ROUNDING);
    FloatVector r = bounded.add(k.mul(LN2_HIGH)).add(k.mul(LN2_LOW));
    FloatVector power =
        shifted
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
            .add(ONE_BITS)
            .reinterpretAsFloats();
    FloatVector taylor = r.mul(1 / 24f).sub(1 / 6f).mul(r).add(0.5f).mul(r).sub(1f).mul(r).add(1f);
    return taylor.mul(power);
  }

  /** {@link #expOfNegative} as lines of a tensor script, with the same roundings. */
  public static String expOfNegativeScript(String of, String into) {
    return """
        bounded = torch.clamp(%1$s, -%3$s, %3$s)
        k = torch.round(torch.mul(bounded, -%4$s))
        r = torch.add(torch.add(bounded, torch.mul(k, %5$s)), torch.mul(k, %6$s))
        x0 = torch.sub(torch.mul(r, %7$s), %8$s)
        x1 = torch.sub(torch.mul(torch.add(torch.mul(x0, r), 0.5), r), 1.)
        %2$s = torch.mul(torch.add(torch.mul(x1, r), 1.), torch.exp2(k))
        """
        .formatted(
            of,
            into,
            (double) MAX_EXPONENT,
            (double) LOG2_E,
            (double) LN2_HIGH,
            (double) LN2_LOW,
            (double) (1 / 24f),
            (double) (1 / 6f));
  }

  private static FloatVector change(AdamStep step, long gradient, long mean, long square) {
    FloatVector g = FloatVector.fromMemorySegment(FLOATS, MEMORY, gradient, ORDER).mul(step.clip());
    FloatVector m =
        FloatVector.fromMemorySegment(FLOATS, MEMORY, mean, ORDER).mul(BETA1).add(g.mul(1 - BETA1));
    FloatVector v =
        FloatVector.fromMemorySegment(FLOATS, MEMORY, square, ORDER)
            .mul(BETA2)
            .add(g.mul(g).mul(1 - BETA2));
    m.intoMemorySegment(MEMORY, mean, ORDER);
    v.intoMemorySegment(MEMORY, square, ORDER);
    return m.mul(step.rate()).div(v.sqrt().mul(step.correction()).add(EPSILON));
  }
}
