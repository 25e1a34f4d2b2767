package dev.diffstream.schemas.diff.codec;

import static dev.diffstream.schemas.safetensors.Safetensors.malformed;

import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.safetensors.Safetensors;
import dev.diffstream.schemas.safetensors.Safetensors.Entry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The compact profile: three tensors hold the directory, all positions and all values. */
public final class CompactTensors implements StoredTensors {
  public static final String DIRECTORY = "diffstream.parameters";
  public static final String POSITIONS = "diffstream.positions";
  public static final String VALUES = "diffstream.values";

  private final ByteBuffer file;
  private final ValuePrecision precision;
  private final List<Directory.Entry> entries;
  private final List<Listed> list;
  private final int[] positionOffset;
  private final int[] valueOffset;

  /**
   * Reads the directory and checks that it accounts for every byte of the others.
   *
   * @param file little-endian
   */
  public CompactTensors(ByteBuffer file, Map<String, Entry> stored, ValuePrecision precision) {
    this.file = file;
    this.precision = precision;
    Entry directory = Safetensors.required(stored, DIRECTORY, "U8", 1);
    Entry positions = Safetensors.required(stored, POSITIONS, "U8", 1);
    Entry values = Safetensors.required(stored, VALUES, dtype(precision), 1);
    this.entries =
        Directory.read(file, (int) directory.offset(), (int) directory.bytes(), precision);
    this.positionOffset = new int[entries.size()];
    this.valueOffset = new int[entries.size()];
    List<Listed> listed = new ArrayList<>();
    long position = 0;
    long value = 0;
    for (int i = 0; i < entries.size(); i++) {
      Directory.Entry entry = entries.get(i);
      listed.add(new Listed(entry.name(), entry.shape(), entry.nonzeros()));
      positionOffset[i] = (int) (positions.offset() + position);
      valueOffset[i] = (int) (values.offset() + value);
      position += entry.positionBytes();
      value += precision.bytes(entry.nonzeros());
      if (position > positions.bytes() || entry.nonzeros() > 8L * entry.positionBytes()) {
        throw malformed(
            directory.offset(),
            "a bit at least for each of %d positions of %s, of %d bytes in all"
                .formatted(entry.nonzeros(), entry.name(), positions.bytes()),
            entry.positionBytes() + " bytes");
      }
      if (value > values.bytes()) {
        throw malformed(
            directory.offset(), "values of at most " + values.bytes() + " bytes", value + " bytes");
      }
    }
    this.list = List.copyOf(listed);
    if (position != positions.bytes() || value != values.bytes()) {
      throw malformed(
          directory.offset(),
          positions.bytes() + " bytes of positions and " + values.bytes() + " of values",
          position + " and " + value);
    }
  }

  /** The safetensors dtype of all values. */
  public static String dtype(ValuePrecision precision) {
    return switch (precision) {
      case FP32 -> "F32";
      case FP16 -> "F16";
      case BF16 -> "BF16";
      case INT8 -> "I8";
      case INT4, INT1 -> "U8";
    };
  }

  @Override
  public List<Listed> list() {
    return list;
  }

  @Override
  public void read(
      int index, int[] positions, float[] values, int at, PositionCode.Scratch scratch) {
    Directory.Entry entry = entries.get(index);
    try {
      entry
          .code()
          .read(
              Matrix.of(entry.shape()),
              file,
              positionOffset[index],
              entry.positionBytes(),
              entry.nonzeros(),
              positions,
              at,
              scratch);
    } catch (CorruptCode e) {
      throw malformed(
          positionOffset[index], e.expected() + " in positions of " + entry.name(), e.actual());
    }
    try {
      ValueCode.read(
          precision, file, valueOffset[index], entry.nonzeros(), entry.book(), values, at);
    } catch (CorruptCode e) {
      throw malformed(
          valueOffset[index], e.expected() + " in values of " + entry.name(), e.actual());
    }
  }
}
