package dev.diffstream.base.mixed.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vectors of floats at native addresses, and functions of them.
 *
 * <p>Nothing here checks an address: the kernels read and write memory that their callers measured.
 * Checked accesses cost a tenth of a pass.
 */
public final class Lanes {
  public static final VectorSpecies<Float> SPECIES =
      FloatVector.SPECIES_PREFERRED.length() <= 16
          ? FloatVector.SPECIES_PREFERRED
          : FloatVector.SPECIES_512;

  /** Floats in a vector. */
  public static final int COUNT = SPECIES.length();

  /** Bytes of a vector. */
  static final int BYTES = COUNT * Float.BYTES;

  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final float LOG2_E = 1.44269504f;

  /** ln 2 in two parts; the high one has so few bits that its products with integers are exact. */
  private static final float LN2_HIGH = 0.693359375f;

  private static final float LN2_LOW = -2.12194440e-4f;

  /** Added to a small float, leaves the nearest integer in its lowest bits. */
  private static final float ROUNDING = 0x1.8p23f;

  /** e to this power is still a normal float. */
  private static final float MIN_EXPONENT = -87;

  private static final int MANTISSA_BITS = 23;

  private Lanes() {}

  public static float get(long address) {
    return ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address);
  }

  public static void set(long address, float value) {
    ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, address, value);
  }

  public static int getInt(long address) {
    return ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address);
  }

  public static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(SPECIES, ALL, address, ORDER);
  }

  public static void store(FloatVector vector, long address) {
    vector.intoMemorySegment(ALL, address, ORDER);
  }

  /** The first {@code count} lanes, at most all. */
  public static VectorMask<Float> first(int count) {
    return SPECIES.indexInRange(0, Math.min(count, COUNT));
  }

  public static FloatVector all(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  /**
   * e to the power of x, to one unit in the last place; below -87 as at -87. The polynomial is that
   * of the Cephes library's {@code expf}.
   */
  static FloatVector exp(FloatVector x) {
    FloatVector bounded = x.max(MIN_EXPONENT);
    FloatVector shifted = bounded.fma(all(LOG2_E), all(ROUNDING));
    FloatVector whole = shifted.sub(ROUNDING);
    FloatVector r = whole.fma(all(-LN2_HIGH), bounded);
    r = whole.fma(all(-LN2_LOW), r);
    FloatVector y = all(1.9875691500e-4f).fma(r, all(1.3981999507e-3f));
    y = y.fma(r, all(8.3334519073e-3f));
    y = y.fma(r, all(4.1665795894e-2f));
    y = y.fma(r, all(1.6666665459e-1f));
    y = y.fma(r, all(5.0000001201e-1f));
    y = y.fma(r.mul(r), r).add(1f);
    return shifted
        .reinterpretAsInts()
        .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
        .add(y.reinterpretAsInts())
        .reinterpretAsFloats();
  }

  /**
   * The error function as a quotient of polynomials, exact to some 3e-7; beyond 4 it is 1 to a
   * float's precision. The coefficients are those of the Eigen library.
   */
  public static FloatVector erf(FloatVector value) {
    FloatVector x = value.max(-4f).min(4f);
    FloatVector q = x.mul(x);
    FloatVector p = all(-2.72614225801306e-10f).fma(q, all(2.77068142495902e-08f));
    p = p.fma(q, all(-2.10102402082508e-06f));
    p = p.fma(q, all(-5.69250639462346e-05f));
    p = p.fma(q, all(-7.34990630326855e-04f));
    p = p.fma(q, all(-2.95459980854025e-03f));
    p = p.fma(q, all(-1.60960333262415e-02f)).mul(x);
    FloatVector d = all(-1.45660718464996e-05f).fma(q, all(-2.13374055278905e-04f));
    d = d.fma(q, all(-1.68282697438203e-03f));
    d = d.fma(q, all(-7.37332916720468e-03f));
    d = d.fma(q, all(-1.42647390514189e-02f));
    return p.div(d);
  }
}
