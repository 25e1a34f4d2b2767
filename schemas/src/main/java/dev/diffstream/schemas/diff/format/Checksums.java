package dev.diffstream.schemas.diff.format;

import static dev.diffstream.schemas.safetensors.Safetensors.malformed;

import dev.diffstream.schemas.safetensors.Safetensors;
import dev.diffstream.schemas.safetensors.Safetensors.Entry;
import dev.diffstream.schemas.safetensors.Safetensors.Header;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The last tensor of a diff file: CRC-32C (RFC 3720) of the header with its length, of each tensor
 * in the order of the file, and of the checksums before it. Every byte is covered by one.
 */
final class Checksums {
  static final String NAME = "diffstream.checksums";

  private Checksums() {}

  /** Bytes of the tensor in a file with so many tensors beside it. */
  static int bytes(int tensors) {
    return 4 * (tensors + 2);
  }

  /** The tensor, with its own checksum at the end. */
  static byte[] of(List<Long> checksums) {
    ByteBuffer out =
        ByteBuffer.allocate(bytes(checksums.size() - 1)).order(ByteOrder.LITTLE_ENDIAN);
    checksums.forEach(checksum -> out.putInt((int) (long) checksum));
    out.putInt((int) crc(out.array(), 0, out.position()));
    return out.array();
  }

  static long crc(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return crc.getValue();
  }

  /**
   * @throws dev.diffstream.schemas.DiffstreamException MALFORMED_DIFF with the offset of the first
   *     tensor that has another checksum
   */
  static void check(ByteBuffer file, Header header) {
    Entry checksums = Safetensors.required(header.entries(), NAME, "U8", 1);
    List<Entry> tensors = new ArrayList<>(header.entries().values());
    tensors.sort(Comparator.comparingLong(Entry::offset).thenComparingLong(Entry::bytes));
    tensors.remove(checksums);
    if (checksums.bytes() != bytes(tensors.size())
        || checksums.offset() + checksums.bytes() != file.limit()) {
      throw malformed(
          checksums.offset(),
          bytes(tensors.size()) + " bytes of checksums at the end",
          checksums.bytes() + " bytes");
    }
    int stored = (int) checksums.offset();
    check(file, 0, header.bytes(), stored, "the header");
    for (Entry tensor : tensors) {
      stored += 4;
      check(file, (int) tensor.offset(), (int) tensor.bytes(), stored, tensor.name());
    }
    check(file, (int) checksums.offset(), stored + 4 - (int) checksums.offset(), stored + 4, NAME);
  }

  private static void check(ByteBuffer file, int offset, int bytes, int stored, String what) {
    CRC32C crc = new CRC32C();
    crc.update(file.slice(offset, bytes));
    int expected = file.getInt(stored);
    if ((int) crc.getValue() != expected) {
      throw malformed(
          offset,
          "CRC-32C %08x of %s".formatted(expected, what),
          "%08x".formatted((int) crc.getValue()));
    }
  }
}
