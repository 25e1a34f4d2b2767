package dev.diffstream.schemas.diff.codec;

import static dev.diffstream.schemas.safetensors.Safetensors.malformed;

import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The tensor that says of each changed parameter what it is called, how large it is and how its
 * positions and values are coded. One entry for each, ascending by the bytes of the name; whole
 * numbers as LEB128.
 */
public final class Directory {
  private static final int MAX_ENTRIES = 1 << 20;
  public static final int MAX_NAME_BYTES = 1024;

  /** Shared bytes cost nothing in the file: all names together must not outgrow it. */
  private static final int NAMES_PER_BYTE = 8;

  private static final int FREE_NAME_BYTES = 1 << 20;

  /**
   * One changed parameter.
   *
   * @param positionBytes that its positions take
   * @param book the numbers that its values are made of: the scale of int8, the codebook of int4
   *     and int1; empty for others
   */
  @SuppressWarnings("ArrayRecordComponent") // read in place
  public record Entry(
      String name,
      List<Integer> shape,
      int nonzeros,
      PositionCode code,
      int positionBytes,
      float[] book) {}

  private Directory() {}

  public static byte[] write(List<Entry> entries, ValuePrecision precision) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    number(out, entries.size());
    byte[] before = {};
    long nameBytes = 0;
    for (Entry entry : entries) {
      byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
      int shared = Math.max(0, Arrays.mismatch(before, name));
      number(out, shared);
      number(out, name.length - shared);
      out.write(name, shared, name.length - shared);
      number(out, entry.shape().size());
      entry.shape().forEach(dimension -> number(out, dimension));
      number(out, entry.nonzeros());
      out.write(entry.code().layout().ordinal() << 5 | entry.code().k());
      number(out, entry.positionBytes());
      if (precision.codebookSize() > 0) {
        number(out, entry.book().length);
      }
      for (float value : entry.book()) {
        int bits = Float.floatToIntBits(value);
        for (int i = 0; i < 32; i += 8) {
          out.write(bits >>> i);
        }
      }
      before = name;
      nameBytes += name.length;
    }
    if (nameBytes > maxNameBytes(out.size())) {
      throw new IllegalArgumentException(
          "names of " + nameBytes + " bytes in a directory of " + out.size());
    }
    return out.toByteArray();
  }

  private static long maxNameBytes(int directoryBytes) {
    return FREE_NAME_BYTES + (long) NAMES_PER_BYTE * directoryBytes;
  }

  private static void number(ByteArrayOutputStream out, int value) {
    int rest = value;
    while (rest > 0x7F) {
      out.write(rest & 0x7F | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }

  /**
   * @param offset of the tensor in {@code file}
   */
  public static List<Entry> read(ByteBuffer file, int offset, int bytes, ValuePrecision precision) {
    return new Parser(file, offset, bytes, precision).entries();
  }

  /** Where reading stands. Nothing is allocated for a number before that many bytes are there. */
  private static final class Parser {
    private final ByteBuffer in;
    private final int offset;
    private final ValuePrecision precision;
    private byte[] before = {};
    private long nameBytes;

    Parser(ByteBuffer file, int offset, int bytes, ValuePrecision precision) {
      this.in = file.slice(offset, bytes).order(ByteOrder.LITTLE_ENDIAN);
      this.offset = offset;
      this.precision = precision;
    }

    List<Entry> entries() {
      int count = number(0, MAX_ENTRIES, "parameters");
      List<Entry> entries = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        entries.add(entry(i == 0));
      }
      if (in.hasRemaining()) {
        throw malformed(at(), "the directory to end", in.remaining() + " bytes more");
      }
      return entries;
    }

    private Entry entry(boolean first) {
      String name = name(first);
      int begin = at();
      List<Integer> shape = shape(name);
      String fault = Shapes.fault(shape);
      if (fault != null) {
        throw malformed(begin, "a shape of " + name + " without " + fault, shape.toString());
      }
      Matrix matrix = Matrix.of(shape);
      int nonzeros = number(1, matrix.size(), "changed positions");
      int code = in(1, "a position code").get() & 0xFF;
      if (code >>> 5 > PositionLayout.COLUMNS.ordinal() || (code & 31) > PositionCode.MAX_K) {
        throw malformed(at() - 1, "a known position code", Integer.toString(code));
      }
      PositionCode position = new PositionCode(PositionLayout.values()[code >>> 5], code & 31);
      int positionBytes = number(1, position.maxBytes(matrix, nonzeros), "bytes of positions");
      return new Entry(name, shape, nonzeros, position, positionBytes, book());
    }

    private String name(boolean first) {
      int begin = at();
      int shared = number(0, before.length, "shared bytes of a name");
      int own = number(0, MAX_NAME_BYTES - shared, "bytes of a name");
      byte[] name = Arrays.copyOf(before, shared + own);
      in(own, "a name").get(name, shared, own);
      if (name.length == 0 || (!first && Arrays.compareUnsigned(before, name) >= 0)) {
        throw malformed(begin, "names that ascend", new String(name, StandardCharsets.UTF_8));
      }
      nameBytes += name.length;
      if (nameBytes > maxNameBytes(in.limit())) {
        throw malformed(
            begin,
            "at most " + maxNameBytes(in.limit()) + " bytes of names",
            Long.toString(nameBytes));
      }
      before = name;
      String text = new String(name, StandardCharsets.UTF_8);
      if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), name)) {
        throw malformed(begin, "a name in UTF-8", text);
      }
      return text;
    }

    private List<Integer> shape(String name) {
      int dimensions = number(0, Shapes.MAX_DIMENSIONS, "dimensions of " + name);
      List<Integer> shape = new ArrayList<>();
      for (int i = 0; i < dimensions; i++) {
        shape.add(number(1, Integer.MAX_VALUE, "values in a dimension"));
      }
      return List.copyOf(shape);
    }

    private float[] book() {
      int size = precision.codebookSize();
      int count =
          size > 0
              ? number(0, size, "numbers in a codebook")
              : precision == ValuePrecision.INT8 ? 1 : 0;
      float[] book = new float[count];
      for (int i = 0; i < count; i++) {
        book[i] = in(4, "a number of a codebook").getFloat();
        boolean ascends = i == 0 || book[i] > book[i - 1];
        boolean known = size > 0 || ValuePrecision.isScale(book[i]);
        if (!Float.isFinite(book[i]) || !ascends || !known || isNegativeZero(book[i])) {
          throw malformed(
              at() - 4, "a scale, or finite numbers that ascend", Float.toString(book[i]));
        }
      }
      return book;
    }

    private static boolean isNegativeZero(float value) {
      return Float.floatToRawIntBits(value) == Integer.MIN_VALUE;
    }

    private int number(int least, int most, String what) {
      int begin = at();
      long value = 0;
      for (int shift = 0; shift < 35; shift += 7) {
        int next = in(1, what).get();
        value |= (long) (next & 0x7F) << shift;
        if (next >= 0) {
          boolean shortest = next > 0 || shift == 0;
          if (value < least || value > most || !shortest) {
            break;
          }
          return (int) value;
        }
      }
      throw malformed(begin, least + " to " + most + " " + what, Long.toString(value));
    }

    private ByteBuffer in(int bytes, String what) {
      if (in.remaining() < bytes) {
        throw malformed(at(), what, "the end of the directory");
      }
      return in;
    }

    private int at() {
      return offset + in.position();
    }
  }
}
