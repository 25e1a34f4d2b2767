package dev.diffstream.base.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.engine.MatrixProduct.Matrix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every library against the definition of the product, in double. */
class MatrixProductTest {
  private static final long SEED = 20261130;

  private static ByteBuffer floats(int count) {
    return ByteBuffer.allocateDirect(count * Float.BYTES).order(ByteOrder.nativeOrder());
  }

  private static ByteBuffer random(Random random, int count) {
    ByteBuffer buffer = floats(count);
    for (int i = 0; i < count; i++) {
      buffer.putFloat(i * Float.BYTES, (float) random.nextGaussian());
    }
    return buffer;
  }

  @ParameterizedTest
  @EnumSource
  void equalsTheDefinition(ProductLibrary library) {
    Random random = new Random(SEED);
    try (MatrixProduct product = new MatrixProduct(Compute.FP32, library)) {
      for (int[] sizes :
          new int[][] {{1, 1, 1}, {3, 5, 2}, {48, 32, 17}, {1, 64, 3}, {130, 70, 33}}) {
        check(product, random, sizes[0], sizes[1], sizes[2]);
      }
    }
  }

  /** x and y are the first columns of wider matrices, as the callers' are. */
  private static void check(
      MatrixProduct product, Random random, int rows, int inner, int columns) {
    int stride = columns + 5;
    ByteBuffer w = random(random, rows * inner);
    ByteBuffer x = random(random, inner * stride);
    ByteBuffer y = random(random, rows * stride);
    ByteBuffer before = floats(rows * stride).put(0, y, 0, y.capacity());
    try (Matrix left = product.weights(w, rows, inner);
        Matrix right = product.columns(x, inner, stride, columns);
        Matrix result = product.columns(y, rows, stride, columns)) {
      product.multiply(left, right, result);
    }
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < stride; column++) {
        int at = (row * stride + column) * Float.BYTES;
        if (column >= columns) {
          assertThat(y.getFloat(at)).as("beside the result").isEqualTo(before.getFloat(at));
          continue;
        }
        double expected = 0;
        for (int i = 0; i < inner; i++) {
          expected +=
              (double) w.getFloat((row * inner + i) * Float.BYTES)
                  * x.getFloat((i * stride + column) * Float.BYTES);
        }
        assertThat((double) y.getFloat(at))
            .as("%d x %d x %d, row %d, column %d, seed %d", rows, inner, columns, row, column, SEED)
            .isCloseTo(expected, within(1e-4));
      }
    }
  }
}
