package dev.diffstream.base.mixed.kernel;

import dev.diffstream.base.diff.SparseDelta.Entry;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/**
 * What a diff changes of one parameter, outside the heap: a place and a float for each value, in
 * ascending order. A place is {@code row << columnBits | column} of a linear part's weight, and the
 * flat position of any other parameter; it takes 3 bytes where all of the parameter's fit, else 4.
 *
 * @param places address of the first place; behind the last there is room for a fourth byte
 * @param values address of as many floats
 * @param columnBits bits of a place that are the column; of a flat position 0
 * @param placeBytes bytes from a place to the next
 */
public record Changes(long places, long values, int count, int columnBits, int placeBytes)
    implements ParameterChanges {
  public static final Changes NONE = new Changes(0, 0, 0, 0, Integer.BYTES);

  /** Of a parameter whose places fit. */
  private static final int SHORT_PLACE_BYTES = 3;

  private static final int ALIGNMENT = Float.BYTES;

  /**
   * How places of a parameter are written.
   *
   * @param columns width of a linear part's weight; 0 for flat positions
   */
  private record Form(int columns, int columnBits, int placeBytes) {
    static Form of(Entry entry, int columns) {
      int[] positions = entry.positions();
      int highest = positions.length == 0 ? 0 : positions[positions.length - 1];
      int columnBits = columns == 0 ? 0 : bits(columns - 1);
      int bits = columns == 0 ? bits(highest) : bits(highest / columns) + columnBits;
      return new Form(
          columns, columnBits, bits <= 8 * SHORT_PLACE_BYTES ? SHORT_PLACE_BYTES : Integer.BYTES);
    }

    private static int bits(int number) {
      return Integer.SIZE - Integer.numberOfLeadingZeros(number);
    }

    int place(int position) {
      return columns == 0 ? position : position / columns << columnBits | position % columns;
    }
  }

  /**
   * Memory that {@link #pack} takes of a block.
   *
   * @param columns width of a linear part's weight, at most 65,536 as its rows are; 0 for any other
   *     parameter
   */
  public static long bytes(Entry entry, int columns) {
    long count = entry.positions().length;
    return Float.BYTES * count + placesBytes(count, Form.of(entry, columns).placeBytes());
  }

  /** Whole words, and so that four bytes can be read at each place. */
  private static long placesBytes(long count, int placeBytes) {
    return (count * placeBytes + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /**
   * @param block has room for {@link #bytes}
   */
  public static Changes pack(Entry entry, int columns, SegmentAllocator block) {
    int count = entry.positions().length;
    Form form = Form.of(entry, columns);
    int placeBytes = form.placeBytes();
    MemorySegment values = block.allocateFrom(ValueLayout.JAVA_FLOAT, entry.values());
    MemorySegment places = block.allocate(placesBytes(count, placeBytes), ALIGNMENT);
    for (int i = 0; i < count; i++) {
      int place = form.place(entry.positions()[i]);
      for (int b = 0; b < placeBytes; b++) {
        places.set(
            ValueLayout.JAVA_BYTE, (long) i * placeBytes + b, (byte) (place >>> Byte.SIZE * b));
      }
    }
    return new Changes(places.address(), values.address(), count, form.columnBits(), placeBytes);
  }

  /** The bits of a word read at a place that belong to it. */
  int mask() {
    return placeBytes == SHORT_PLACE_BYTES ? 0xffffff : -1;
  }

  @Override
  public int place(int index) {
    return Lanes.getInt(places + (long) index * placeBytes) & mask();
  }

  @Override
  public float value(int index) {
    return Lanes.get(values + (long) index * Float.BYTES);
  }
}
