package dev.diffstream.worker.learning.parameters;

import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Objects;

/**
 * Training state: floats in native memory, zero at first. It lives as long as its arena: whoever
 * opened that gives the memory back at once, where arrays of this size on the heap would stay until
 * a collection and keep the heap as large as it ever was.
 *
 * <p>{@link Vectors} work on it by {@link #address}: a block is checked once, its vectors are not
 * (docs/decisions/0030).
 *
 * <p>Indices out of range throw {@link IndexOutOfBoundsException}, and every access after the arena
 * was closed {@link IllegalStateException}. Threads may share it as they share a {@code float[]}.
 */
public final class FloatArray {
  /** Of the processor's cache lines. */
  private static final int ALIGNMENT = 64;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  private final MemorySegment memory;
  private final int length;

  private FloatArray(MemorySegment memory, int length) {
    this.memory = memory;
    this.length = length;
  }

  /**
   * @throws OutOfMemoryError if the system gives no more; no limit of the heap or of direct buffers
   *     counts it
   */
  public static FloatArray zeros(Arena arena, int length) {
    return new FloatArray(arena.allocate((long) length * Float.BYTES, ALIGNMENT), length);
  }

  /** A copy of these values. */
  public static FloatArray of(Arena arena, float... values) {
    FloatArray array = zeros(arena, values.length);
    array.put(0, values, 0, values.length);
    return array;
  }

  public int length() {
    return length;
  }

  /**
   * Where the value at {@code index} lies, for kernels that read and write {@code count} values
   * from there on and what fills up the last vector behind them. Valid until the arena is closed.
   */
  public long address(int index, int count) {
    Objects.checkFromIndexSize(index, Vectors.whole(count), length);
    if (!memory.scope().isAlive()) {
      throw new IllegalStateException("the arena of this array is closed");
    }
    return memory.address() + (long) index * Float.BYTES;
  }

  public float get(int index) {
    return memory.getAtIndex(FLOAT, index);
  }

  public void set(int index, float value) {
    memory.setAtIndex(FLOAT, index, value);
  }

  /**
   * Reads a block: the values from {@code index} on, as many as there are, at most {@link
   * Vectors#BLOCK}.
   *
   * @return their number
   */
  public int read(int index, float[] block) {
    int count = Math.min(Vectors.BLOCK, length - index);
    get(index, block, 0, count);
    return count;
  }

  /** Writes {@code count} values of {@code from}, which begin at {@code offset}. */
  public void put(int index, float[] from, int offset, int count) {
    MemorySegment.copy(from, offset, memory, FLOAT, (long) index * Float.BYTES, count);
  }

  /** Reads {@code count} values into {@code into}, where they begin at {@code offset}. */
  public void get(int index, float[] into, int offset, int count) {
    MemorySegment.copy(memory, FLOAT, (long) index * Float.BYTES, into, offset, count);
  }

  /** Reads {@code count} values of a tensor from {@code offset} on to the beginning. */
  void read(FloatBuffer tensor, int offset, int count) {
    buffer(0, count).put(0, tensor, offset, count);
  }

  /** Writes the first {@code count} values into a tensor from {@code offset} on. */
  public void write(FloatBuffer tensor, int offset, int count) {
    tensor.put(offset, buffer(0, count), 0, count);
  }

  /** Makes the first {@code count} values those of another array. */
  void copy(FloatArray from, int count) {
    MemorySegment.copy(from.memory, 0, memory, 0, (long) count * Float.BYTES);
  }

  /** Sets the values from {@code from} to before {@code to}. */
  public void fill(int from, int to, float value) {
    for (int i = from; i < to; i++) {
      set(i, value);
    }
  }

  /** A copy of all values on the heap. */
  public float[] toArray() {
    return memory.toArray(FLOAT);
  }

  /** Keeps all values as a section of a checkpoint. */
  public void save(StateWriter out, String name) {
    out.floats(name, memory);
  }

  /** Reads what {@link #save} kept of an array of the same length. */
  public void load(StateReader in, String name) {
    in.floats(name, memory);
  }

  /** The same memory from {@code index} on, {@code count} values. */
  FloatBuffer buffer(int index, int count) {
    return memory
        .asSlice((long) index * Float.BYTES, (long) count * Float.BYTES)
        .asByteBuffer()
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }
}
