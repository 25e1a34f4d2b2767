package dev.diffstream.base.mixed.kernel;

import jdk.incubator.vector.FloatVector;

/**
 * Attention of one head within one sequence, for a vector of queries at a time: softmax(q k /
 * sqrt(width)) v.
 *
 * <p>Writes whole vectors. What it writes behind the sequence's last token belongs to the next
 * sequence, which is computed later, or to the room behind the last.
 *
 * <p>Each method is a small loop: a large one has more vectors alive than there are registers, and
 * the compiler then puts them on the heap.
 */
public final class AttentionKernel {
  private static final int KEYS = 4;

  private final long rowBytes;
  private final int width;
  private final int tokens;
  private final float scale;
  private final long scores;

  /**
   * @param rowBytes from one feature to the next in all matrices
   * @param width features of a head
   * @param tokens of the sequence
   * @param scores address of room for {@link #scoreBytes}
   */
  public AttentionKernel(long rowBytes, int width, int tokens, long scores) {
    this.rowBytes = rowBytes;
    this.width = width;
    this.tokens = tokens;
    this.scale = (float) (1 / Math.sqrt(width));
    this.scores = scores;
  }

  /** Bytes of the scores of two vectors of queries against all keys. */
  public static long scoreBytes(int tokens) {
    return (tokens + KEYS - 1L) * 2 * Lanes.BYTES;
  }

  /**
   * @param q address of the head's first feature of the first token; k, v and the result alike
   */
  public void run(long q, long k, long v, long result) {
    int query = 0;
    for (; tokens - query > Lanes.COUNT; query += 2 * Lanes.COUNT) {
      long shift = (long) query * Float.BYTES;
      for (int key = 0; key < tokens; key += KEYS) {
        scores2(q + shift, k + (long) key * Float.BYTES, scores + 2L * Lanes.BYTES * key);
      }
      softmax(scores, 2L * Lanes.BYTES);
      softmax(scores + Lanes.BYTES, 2L * Lanes.BYTES);
      mean2(v, result + shift);
    }
    if (query < tokens) {
      long shift = (long) query * Float.BYTES;
      for (int key = 0; key < tokens; key += KEYS) {
        scores1(q + shift, k + (long) key * Float.BYTES, scores + (long) Lanes.BYTES * key);
      }
      softmax(scores, Lanes.BYTES);
      mean1(v, result + shift);
    }
  }

  /** Of two vectors of queries with four keys. */
  private void scores2(long q, long k, long to) {
    FloatVector zero = FloatVector.zero(Lanes.SPECIES);
    FloatVector a0 = zero, a1 = zero, a2 = zero, a3 = zero;
    FloatVector b0 = zero, b1 = zero, b2 = zero, b3 = zero;
    for (int feature = 0; feature < width; feature++) {
      FloatVector x = Lanes.load(q);
      FloatVector y = Lanes.load(q + Lanes.BYTES);
      FloatVector key = Lanes.all(Lanes.get(k));
      a0 = x.fma(key, a0);
      b0 = y.fma(key, b0);
      key = Lanes.all(Lanes.get(k + 4));
      a1 = x.fma(key, a1);
      b1 = y.fma(key, b1);
      key = Lanes.all(Lanes.get(k + 8));
      a2 = x.fma(key, a2);
      b2 = y.fma(key, b2);
      key = Lanes.all(Lanes.get(k + 12));
      a3 = x.fma(key, a3);
      b3 = y.fma(key, b3);
      q += rowBytes;
      k += rowBytes;
    }
    Lanes.store(a0, to);
    Lanes.store(b0, to + Lanes.BYTES);
    Lanes.store(a1, to + 2 * Lanes.BYTES);
    Lanes.store(b1, to + 3 * Lanes.BYTES);
    Lanes.store(a2, to + 4 * Lanes.BYTES);
    Lanes.store(b2, to + 5 * Lanes.BYTES);
    Lanes.store(a3, to + 6 * Lanes.BYTES);
    Lanes.store(b3, to + 7 * Lanes.BYTES);
  }

  private void scores1(long q, long k, long to) {
    FloatVector zero = FloatVector.zero(Lanes.SPECIES);
    FloatVector a0 = zero, a1 = zero, a2 = zero, a3 = zero;
    for (int feature = 0; feature < width; feature++) {
      FloatVector x = Lanes.load(q);
      a0 = x.fma(Lanes.all(Lanes.get(k)), a0);
      a1 = x.fma(Lanes.all(Lanes.get(k + 4)), a1);
      a2 = x.fma(Lanes.all(Lanes.get(k + 8)), a2);
      a3 = x.fma(Lanes.all(Lanes.get(k + 12)), a3);
      q += rowBytes;
      k += rowBytes;
    }
    Lanes.store(a0, to);
    Lanes.store(a1, to + Lanes.BYTES);
    Lanes.store(a2, to + 2 * Lanes.BYTES);
    Lanes.store(a3, to + 3 * Lanes.BYTES);
  }

  /** Over the keys, in place, for one vector of queries. */
  private void softmax(long from, long step) {
    FloatVector max = Lanes.load(from);
    long at = from + step;
    for (int key = 1; key < tokens; key++, at += step) {
      max = max.max(Lanes.load(at));
    }
    FloatVector factor = Lanes.all(scale);
    FloatVector sum = FloatVector.zero(Lanes.SPECIES);
    at = from;
    for (int key = 0; key < tokens; key++, at += step) {
      FloatVector power = Lanes.exp(Lanes.load(at).sub(max).mul(factor));
      Lanes.store(power, at);
      sum = sum.add(power);
    }
    FloatVector inverse = Lanes.all(1).div(sum);
    at = from;
    for (int key = 0; key < tokens; key++, at += step) {
      Lanes.store(Lanes.load(at).mul(inverse), at);
    }
  }

  private void mean2(long v, long result) {
    int feature = 0;
    for (; feature + 4 <= width; feature += 4) {
      mean2of4(v + feature * rowBytes, result + feature * rowBytes);
    }
    for (; feature < width; feature++) {
      mean1of1(v + feature * rowBytes, result + feature * rowBytes, scores, 2L * Lanes.BYTES);
      mean1of1(
          v + feature * rowBytes,
          result + feature * rowBytes + Lanes.BYTES,
          scores + Lanes.BYTES,
          2L * Lanes.BYTES);
    }
  }

  private void mean1(long v, long result) {
    int feature = 0;
    for (; feature + 4 <= width; feature += 4) {
      mean1of4(v + feature * rowBytes, result + feature * rowBytes);
    }
    for (; feature < width; feature++) {
      mean1of1(v + feature * rowBytes, result + feature * rowBytes, scores, Lanes.BYTES);
    }
  }

  /** Of four features, for two vectors of queries. */
  private void mean2of4(long v0, long to) {
    long v1 = v0 + rowBytes;
    long v2 = v1 + rowBytes;
    long v3 = v2 + rowBytes;
    FloatVector zero = FloatVector.zero(Lanes.SPECIES);
    FloatVector a0 = zero, a1 = zero, a2 = zero, a3 = zero;
    FloatVector b0 = zero, b1 = zero, b2 = zero, b3 = zero;
    long weights = scores;
    for (int key = 0; key < tokens; key++) {
      long shift = (long) key * Float.BYTES;
      FloatVector x = Lanes.load(weights);
      FloatVector y = Lanes.load(weights + Lanes.BYTES);
      FloatVector value = Lanes.all(Lanes.get(v0 + shift));
      a0 = x.fma(value, a0);
      b0 = y.fma(value, b0);
      value = Lanes.all(Lanes.get(v1 + shift));
      a1 = x.fma(value, a1);
      b1 = y.fma(value, b1);
      value = Lanes.all(Lanes.get(v2 + shift));
      a2 = x.fma(value, a2);
      b2 = y.fma(value, b2);
      value = Lanes.all(Lanes.get(v3 + shift));
      a3 = x.fma(value, a3);
      b3 = y.fma(value, b3);
      weights += 2L * Lanes.BYTES;
    }
    Lanes.store(a0, to);
    Lanes.store(b0, to + Lanes.BYTES);
    Lanes.store(a1, to + rowBytes);
    Lanes.store(b1, to + rowBytes + Lanes.BYTES);
    Lanes.store(a2, to + 2 * rowBytes);
    Lanes.store(b2, to + 2 * rowBytes + Lanes.BYTES);
    Lanes.store(a3, to + 3 * rowBytes);
    Lanes.store(b3, to + 3 * rowBytes + Lanes.BYTES);
  }

  private void mean1of4(long v0, long to) {
    long v1 = v0 + rowBytes;
    long v2 = v1 + rowBytes;
    long v3 = v2 + rowBytes;
    FloatVector zero = FloatVector.zero(Lanes.SPECIES);
    FloatVector a0 = zero, a1 = zero, a2 = zero, a3 = zero;
    long weights = scores;
    for (int key = 0; key < tokens; key++) {
      long shift = (long) key * Float.BYTES;
      FloatVector x = Lanes.load(weights);
      a0 = x.fma(Lanes.all(Lanes.get(v0 + shift)), a0);
      a1 = x.fma(Lanes.all(Lanes.get(v1 + shift)), a1);
      a2 = x.fma(Lanes.all(Lanes.get(v2 + shift)), a2);
      a3 = x.fma(Lanes.all(Lanes.get(v3 + shift)), a3);
      weights += Lanes.BYTES;
    }
    Lanes.store(a0, to);
    Lanes.store(a1, to + rowBytes);
    Lanes.store(a2, to + 2 * rowBytes);
    Lanes.store(a3, to + 3 * rowBytes);
  }

  private void mean1of1(long v, long to, long weights, long step) {
    FloatVector sum = FloatVector.zero(Lanes.SPECIES);
    for (int key = 0; key < tokens; key++) {
      sum =
          Lanes.load(weights + key * step)
              .fma(Lanes.all(Lanes.get(v + (long) key * Float.BYTES)), sum);
    }
    Lanes.store(sum, to);
  }
}
