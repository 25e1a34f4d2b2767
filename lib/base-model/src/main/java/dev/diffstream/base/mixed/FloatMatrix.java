package dev.diffstream.base.mixed;

import dev.diffstream.base.engine.MatrixProduct;
import dev.diffstream.base.engine.MatrixProduct.Matrix;
import dev.diffstream.base.mixed.kernel.Lanes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * Activations of packed tokens: a row for each feature, in it a float for each token, and behind
 * the last token room for a whole vector. Grows with the batches and never shrinks.
 *
 * <p>The distance of two rows is an odd multiple of 64 bytes, so that a column's values do not all
 * fall into the same few sets of the processor's cache.
 */
final class FloatMatrix implements AutoCloseable {
  private static final int LINE = 16;

  private final int rows;
  private Arena arena = Arena.ofShared();
  private MemorySegment memory = MemorySegment.NULL;
  private int stride;

  FloatMatrix(int rows) {
    this.rows = rows;
  }

  /** Floats from one row to the next for this number of tokens. */
  static int stride(int tokens) {
    int lines = (tokens + Lanes.COUNT - 1 + LINE - 1) / LINE;
    return (lines % 2 == 0 ? lines + 1 : lines) * LINE;
  }

  /** Makes room for tokens; what was there before is lost. */
  void resize(int tokens) {
    stride = stride(tokens);
    // A kernel that reads four keys at once may look three tokens behind the last row.
    long bytes = ((long) rows * stride + LINE) * Float.BYTES;
    if (bytes > memory.byteSize()) {
      arena.close();
      arena = Arena.ofShared();
      memory = arena.allocate(bytes, LINE * Float.BYTES);
    }
  }

  int rows() {
    return rows;
  }

  /** Bytes from one row to the next. */
  long rowBytes() {
    return (long) stride * Float.BYTES;
  }

  /** Where the value of a token in a row lies. */
  long address(int row, int token) {
    return memory.address() + row * rowBytes() + (long) token * Float.BYTES;
  }

  /** Some rows as the engine sees them, to be closed before the next {@link #resize}. */
  Matrix view(MatrixProduct engine, int fromRow, int count, int tokens) {
    MemorySegment part = memory.asSlice(fromRow * rowBytes(), count * rowBytes());
    return engine.columns(
        part.asByteBuffer().order(ByteOrder.nativeOrder()), count, stride, tokens);
  }

  @Override
  public void close() {
    arena.close();
  }
}
