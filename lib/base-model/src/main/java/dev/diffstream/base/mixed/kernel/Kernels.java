package dev.diffstream.base.mixed.kernel;

import dev.diffstream.base.architecture.Activation;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * What lies between the matrix products of a pass, over features in rows and tokens in columns.
 * Matrices are given by the address of their first value; all have the same distance of rows.
 */
public final class Kernels {
  /** The square root of 2 / pi. */
  private static final float TANH_FACTOR = 0.7978845608f;

  private static final float TANH_CUBE = 0.044715f;
  private static final float SQRT_HALF = 0.70710678f;

  private Kernels() {}

  /** y[row] += bias[row]. */
  public static void addBias(long y, long rowBytes, int rows, int tokens, long bias) {
    for (int row = 0; row < rows; row++) {
      addToRow(y + row * rowBytes, tokens, Lanes.get(bias + (long) row * Float.BYTES));
    }
  }

  private static void addToRow(long y, int tokens, float value) {
    FloatVector all = Lanes.all(value);
    for (int token = 0; token < tokens; token += Lanes.COUNT, y += Lanes.BYTES) {
      Lanes.store(Lanes.load(y).add(all), y);
    }
  }

  /** sum[row] = y[row] + bias[row] + x[row]. */
  public static void addResidual(
      long y, long x, long sum, long rowBytes, int rows, int tokens, long bias) {
    for (int row = 0; row < rows; row++) {
      FloatVector all = Lanes.all(Lanes.get(bias + (long) row * Float.BYTES));
      long shift = row * rowBytes;
      for (int token = 0; token < tokens; token += Lanes.COUNT, shift += Lanes.BYTES) {
        Lanes.store(Lanes.load(y + shift).add(all).add(Lanes.load(x + shift)), sum + shift);
      }
    }
  }

  /** y[row] = activation(y[row] + bias[row]). */
  public static void activate(
      Activation activation, long y, long rowBytes, int rows, int tokens, long bias) {
    for (int row = 0; row < rows; row++) {
      float value = Lanes.get(bias + (long) row * Float.BYTES);
      long at = y + row * rowBytes;
      switch (activation) {
        case GELU -> gelu(at, tokens, value);
        case GELU_NEW -> geluNew(at, tokens, value);
        case RELU -> relu(at, tokens, value);
      }
    }
  }

  private static void gelu(long y, int tokens, float bias) {
    FloatVector all = Lanes.all(bias);
    for (int token = 0; token < tokens; token += Lanes.COUNT, y += Lanes.BYTES) {
      FloatVector x = Lanes.load(y).add(all);
      FloatVector half = x.mul(0.5f);
      Lanes.store(half.fma(Lanes.erf(x.mul(SQRT_HALF)), half), y);
    }
  }

  /** x / 2 (1 + tanh u) = x - x / (e^(2u) + 1). */
  private static void geluNew(long y, int tokens, float bias) {
    FloatVector all = Lanes.all(bias);
    for (int token = 0; token < tokens; token += Lanes.COUNT, y += Lanes.BYTES) {
      FloatVector x = Lanes.load(y).add(all);
      FloatVector cube = x.mul(x).mul(x);
      FloatVector twice = cube.fma(Lanes.all(TANH_CUBE), x).mul(2 * TANH_FACTOR).min(80f);
      Lanes.store(x.sub(x.div(Lanes.exp(twice).add(1f))), y);
    }
  }

  private static void relu(long y, int tokens, float bias) {
    FloatVector all = Lanes.all(bias);
    for (int token = 0; token < tokens; token += Lanes.COUNT, y += Lanes.BYTES) {
      Lanes.store(Lanes.load(y).add(all).max(0f), y);
    }
  }

  /**
   * The layer norm of each token over all rows. Writes whole vectors, as {@link AttentionKernel}
   * does.
   *
   * @param x addressed like {@code y}, and another matrix
   * @param weight a float for each row, and {@code bias} alike
   */
  public static void norm(
      long x, long y, long rowBytes, int rows, int tokens, float eps, long weight, long bias) {
    for (int token = 0; token < tokens; token += Lanes.COUNT) {
      long shift = (long) token * Float.BYTES;
      FloatVector mean = mean(x + shift, rowBytes, rows);
      FloatVector scale = scale(x + shift, rowBytes, rows, mean, eps);
      scaleRows(x + shift, y + shift, rowBytes, rows, mean, scale, weight, bias);
    }
  }

  private static FloatVector mean(long x, long rowBytes, int rows) {
    FloatVector a = FloatVector.zero(Lanes.SPECIES);
    FloatVector b = a;
    int row = 0;
    for (; row + 2 <= rows; row += 2, x += 2 * rowBytes) {
      a = a.add(Lanes.load(x));
      b = b.add(Lanes.load(x + rowBytes));
    }
    if (row < rows) {
      a = a.add(Lanes.load(x));
    }
    return a.add(b).mul(1f / rows);
  }

  /** 1 / sqrt(variance + eps). */
  private static FloatVector scale(long x, long rowBytes, int rows, FloatVector mean, float eps) {
    FloatVector a = FloatVector.zero(Lanes.SPECIES);
    FloatVector b = a;
    int row = 0;
    for (; row + 2 <= rows; row += 2, x += 2 * rowBytes) {
      FloatVector first = Lanes.load(x).sub(mean);
      a = first.fma(first, a);
      FloatVector second = Lanes.load(x + rowBytes).sub(mean);
      b = second.fma(second, b);
    }
    if (row < rows) {
      FloatVector last = Lanes.load(x).sub(mean);
      a = last.fma(last, a);
    }
    return Lanes.all(1).div(a.add(b).mul(1f / rows).add(eps).sqrt());
  }

  private static void scaleRows(
      long x,
      long y,
      long rowBytes,
      int rows,
      FloatVector mean,
      FloatVector scale,
      long weight,
      long bias) {
    for (int row = 0; row < rows; row++) {
      FloatVector normal = Lanes.load(x).sub(mean).mul(scale);
      Lanes.store(normal.fma(Lanes.all(Lanes.get(weight)), Lanes.all(Lanes.get(bias))), y);
      x += rowBytes;
      y += rowBytes;
      weight += Float.BYTES;
      bias += Float.BYTES;
    }
  }

  /**
   * What a diff adds to a matrix product: for each changed weight, y[row] += value x[column], over
   * the tokens of one sequence and no other. The list of changed weights is read once for four
   * vectors of tokens.
   *
   * @param changes of the weight, by row
   */
  public static void correct(long x, long y, long rowBytes, int tokens, Changes changes) {
    for (int token = 0; token < tokens; token += 4 * Lanes.COUNT) {
      long shift = (long) token * Float.BYTES;
      int rest = tokens - token;
      int vectors = Math.min(4, (rest + Lanes.COUNT - 1) / Lanes.COUNT);
      VectorMask<Float> last = Lanes.first(rest - (vectors - 1) * Lanes.COUNT);
      switch (vectors) {
        case 1 -> correct1(x + shift, y + shift, rowBytes, last, changes);
        case 2 -> correct2(x + shift, y + shift, rowBytes, last, changes);
        case 3 -> correct3(x + shift, y + shift, rowBytes, last, changes);
        default -> correct4(x + shift, y + shift, rowBytes, last, changes);
      }
    }
  }

  // Stores of a part of a vector take many times as long on some processors as those of a whole
  // one. What lies behind the last token is stored as it was.

  private static void correct4(
      long x, long y, long rowBytes, VectorMask<Float> last, Changes changes) {
    int columnBits = changes.columnBits();
    int columns = (1 << columnBits) - 1;
    int mask = changes.mask();
    int placeBytes = changes.placeBytes();
    long places = changes.places();
    long values = changes.values();
    for (int i = 0; i < changes.count(); i++, places += placeBytes, values += Float.BYTES) {
      int place = Lanes.getInt(places) & mask;
      long from = x + (place & columns) * rowBytes;
      long to = y + (place >>> columnBits) * rowBytes;
      FloatVector value = Lanes.all(Lanes.get(values));
      Lanes.store(Lanes.load(from).fma(value, Lanes.load(to)), to);
      from += Lanes.BYTES;
      to += Lanes.BYTES;
      Lanes.store(Lanes.load(from).fma(value, Lanes.load(to)), to);
      from += Lanes.BYTES;
      to += Lanes.BYTES;
      Lanes.store(Lanes.load(from).fma(value, Lanes.load(to)), to);
      from += Lanes.BYTES;
      to += Lanes.BYTES;
      FloatVector before = Lanes.load(to);
      Lanes.store(before.blend(Lanes.load(from).fma(value, before), last), to);
    }
  }

  private static void correct3(
      long x, long y, long rowBytes, VectorMask<Float> last, Changes changes) {
    int columnBits = changes.columnBits();
    int columns = (1 << columnBits) - 1;
    int mask = changes.mask();
    int placeBytes = changes.placeBytes();
    long places = changes.places();
    long values = changes.values();
    for (int i = 0; i < changes.count(); i++, places += placeBytes, values += Float.BYTES) {
      int place = Lanes.getInt(places) & mask;
      long from = x + (place & columns) * rowBytes;
      long to = y + (place >>> columnBits) * rowBytes;
      FloatVector value = Lanes.all(Lanes.get(values));
      Lanes.store(Lanes.load(from).fma(value, Lanes.load(to)), to);
      from += Lanes.BYTES;
      to += Lanes.BYTES;
      Lanes.store(Lanes.load(from).fma(value, Lanes.load(to)), to);
      from += Lanes.BYTES;
      to += Lanes.BYTES;
      FloatVector before = Lanes.load(to);
      Lanes.store(before.blend(Lanes.load(from).fma(value, before), last), to);
    }
  }

  private static void correct2(
      long x, long y, long rowBytes, VectorMask<Float> last, Changes changes) {
    int columnBits = changes.columnBits();
    int columns = (1 << columnBits) - 1;
    int mask = changes.mask();
    int placeBytes = changes.placeBytes();
    long places = changes.places();
    long values = changes.values();
    for (int i = 0; i < changes.count(); i++, places += placeBytes, values += Float.BYTES) {
      int place = Lanes.getInt(places) & mask;
      long from = x + (place & columns) * rowBytes;
      long to = y + (place >>> columnBits) * rowBytes;
      FloatVector value = Lanes.all(Lanes.get(values));
      Lanes.store(Lanes.load(from).fma(value, Lanes.load(to)), to);
      from += Lanes.BYTES;
      to += Lanes.BYTES;
      FloatVector before = Lanes.load(to);
      Lanes.store(before.blend(Lanes.load(from).fma(value, before), last), to);
    }
  }

  private static void correct1(
      long x, long y, long rowBytes, VectorMask<Float> last, Changes changes) {
    int columnBits = changes.columnBits();
    int columns = (1 << columnBits) - 1;
    int mask = changes.mask();
    int placeBytes = changes.placeBytes();
    long places = changes.places();
    long values = changes.values();
    for (int i = 0; i < changes.count(); i++, places += placeBytes, values += Float.BYTES) {
      int place = Lanes.getInt(places) & mask;
      long to = y + (place >>> columnBits) * rowBytes;
      FloatVector value = Lanes.all(Lanes.get(values));
      FloatVector before = Lanes.load(to);
      FloatVector sum = Lanes.load(x + (place & columns) * rowBytes).fma(value, before);
      Lanes.store(before.blend(sum, last), to);
    }
  }

  /** y[row] += value for the tokens of one sequence and no other. */
  public static void shift(long y, int tokens, float value) {
    FloatVector all = Lanes.all(value);
    for (int token = 0; token < tokens; token += Lanes.COUNT, y += Lanes.BYTES) {
      FloatVector before = Lanes.load(y);
      Lanes.store(before.blend(before.add(all), Lanes.first(tokens - token)), y);
    }
  }
}
