package dev.diffstream.base.architecture;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * One named tensor of a base, row-major, in the engine's own memory: what is written to {@link
 * #values()} is seen by the next forward pass. There is no other copy.
 */
public final class Parameter {
  private final String name;
  private final List<Integer> shape;
  private final ByteBuffer bytes;
  private final FloatBuffer values;

  /**
   * @param bytes direct, of native order, 4 bytes for each value, from position 0
   */
  public Parameter(String name, List<Integer> shape, ByteBuffer bytes) {
    this.name = name;
    this.shape = List.copyOf(shape);
    this.bytes = bytes;
    this.values = bytes.asFloatBuffer();
  }

  /** The canonical name, such as {@code encoder.layer.0.output.dense.weight}. */
  public String name() {
    return name;
  }

  public List<Integer> shape() {
    return shape;
  }

  /** Number of values. */
  public int size() {
    return values.capacity();
  }

  /**
   * The live values: a direct buffer of native order with a position of its own. After its base is
   * closed each access throws {@link IllegalStateException}.
   */
  public FloatBuffer values() {
    return values.duplicate();
  }

  /** The same memory as {@link #values()}, as the engine takes it. */
  public ByteBuffer bytes() {
    return bytes.duplicate().order(bytes.order());
  }

  @Override
  public String toString() {
    return name + shape;
  }
}
