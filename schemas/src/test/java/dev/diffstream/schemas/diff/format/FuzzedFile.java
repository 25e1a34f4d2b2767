package dev.diffstream.schemas.diff.format;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.diff.codec.CompactTensors;
import dev.diffstream.schemas.diff.codec.Directory;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.safetensors.Safetensors;
import dev.diffstream.schemas.safetensors.Safetensors.Entry;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Diff files out of what a fuzzer mutates, with lengths and checksums that fit. */
final class FuzzedFile {
  private static final ValuePrecision[] PRECISIONS = ValuePrecision.values();

  private FuzzedFile() {}

  /** A header up to the first line feed, which JSON needs none of, then the tensors' bytes. */
  static byte[] withHeader(byte[] input) {
    int end = 0;
    while (end < input.length && input[end] != '\n') {
      end++;
    }
    int data = Math.min(input.length, end + 1);
    return HandmadeFile.of(
        Arrays.copyOf(input, end), Arrays.copyOfRange(input, data, input.length));
  }

  /** What {@link #withHeader} makes this file of. */
  static byte[] headerInput(byte[] file) {
    String header = DiffWriter.headerText(file).stripTrailing();
    int data = 8 + Math.toIntExact(header(file));
    ByteArrayOutputStream input = new ByteArrayOutputStream();
    input.writeBytes(header.getBytes(StandardCharsets.UTF_8));
    input.write('\n');
    input.write(file, data, file.length - data);
    return input.toByteArray();
  }

  /**
   * A byte that gives the precision, the lengths of directory and positions in two bytes each, then
   * directory, positions and values.
   */
  static byte[] ofParts(byte[] input) {
    ByteBuffer in = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
    if (in.remaining() < 5) {
      return input;
    }
    ValuePrecision precision = PRECISIONS[(in.get() & 0xFF) % PRECISIONS.length];
    int directoryBytes = in.getShort() & 0xFFFF;
    int positionBytes = in.getShort() & 0xFFFF;
    byte[] directory = taken(in, directoryBytes);
    byte[] positions = taken(in, positionBytes);
    return compact(precision, directory, positions, taken(in, in.remaining()));
  }

  /** What {@link #ofParts} makes a like file of. */
  static byte[] partsInput(byte[] file, ValuePrecision precision) {
    DiffFile read = DiffFile.of(ByteBuffer.wrap(file));
    byte[] directory = part(file, read, CompactTensors.DIRECTORY);
    byte[] positions = part(file, read, CompactTensors.POSITIONS);
    byte[] values = part(file, read, CompactTensors.VALUES);
    ByteBuffer input =
        ByteBuffer.allocate(5 + directory.length + positions.length + values.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    input.put((byte) precision.ordinal());
    input.putShort((short) directory.length).putShort((short) positions.length);
    return input.put(directory).put(positions).put(values).array();
  }

  static byte[] part(byte[] file, DiffFile read, String name) {
    Entry entry = Safetensors.required(read.entries(), name, null, 1);
    return Arrays.copyOfRange(file, (int) entry.offset(), (int) (entry.offset() + entry.bytes()));
  }

  private static byte[] taken(ByteBuffer in, int most) {
    byte[] taken = new byte[Math.min(most, in.remaining())];
    in.get(taken);
    return taken;
  }

  /** A compact file of these parts, whose metadata fits them. */
  static byte[] compact(
      ValuePrecision precision, byte[] directory, byte[] positions, byte[] values) {
    int width = Math.max(1, precision.bits() / 8);
    byte[] whole = Arrays.copyOf(values, values.length / width * width);
    return new HandmadeFile(Profile.COMPACT)
        .metadata("precision", precision.text())
        .metadata("nonzeros", Long.toString(nonzeros(directory, precision)))
        .tensor(
            CompactTensors.VALUES,
            CompactTensors.dtype(precision),
            List.of(whole.length / width),
            whole)
        .tensor(CompactTensors.DIRECTORY, "U8", List.of(directory.length), directory)
        .tensor(CompactTensors.POSITIONS, "U8", List.of(positions.length), positions)
        .bytes();
  }

  /** As the directory says; a broken one is refused for itself, whatever the metadata says. */
  private static long nonzeros(byte[] directory, ValuePrecision precision) {
    try {
      return Directory.read(ByteBuffer.wrap(directory), 0, directory.length, precision).stream()
          .mapToLong(Directory.Entry::nonzeros)
          .sum();
    } catch (DiffstreamException e) {
      return 0;
    }
  }

  private static long header(byte[] file) {
    return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
  }
}
