package dev.diffstream.worker.data.file;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Formats that are recognised by a file's first bytes. */
enum FileSignature {
  GZIP("gzip", 0x1F, 0x8B),
  ZIP("a zip archive (as .xlsx workbooks are)", 'P', 'K', 3, 4),
  EMPTY_ZIP("an empty zip archive", 'P', 'K', 5, 6),
  ZSTD("compressed with zstd", 0x28, 0xB5, 0x2F, 0xFD),
  BZIP2("compressed with bzip2", 'B', 'Z', 'h'),
  XZ("compressed with xz", 0xFD, '7', 'z', 'X', 'Z', 0),
  LZ4("compressed with lz4", 0x04, 0x22, 0x4D, 0x18),
  SEVEN_ZIP("a 7z archive", '7', 'z', 0xBC, 0xAF, 0x27, 0x1C),
  OLE("an .xls or .doc document", 0xD0, 0xCF, 0x11, 0xE0),
  PDF("a PDF document", '%', 'P', 'D', 'F', '-'),
  PARQUET("a Parquet file", 'P', 'A', 'R', '1', 0x15),
  AVRO("an Avro file", 'O', 'b', 'j', 1),
  ARROW("an Arrow file", 'A', 'R', 'R', 'O', 'W', '1', 0),
  SQLITE("an SQLite database", 'S', 'Q', 'L', 'i', 't', 'e', ' '),
  UTF_32_LE("text in UTF-32", 0xFF, 0xFE, 0, 0),
  UTF_32_BE("text in UTF-32", 0, 0, 0xFE, 0xFF),
  UTF_16_LE("text in UTF-16", 0xFF, 0xFE),
  UTF_16_BE("text in UTF-16", 0xFE, 0xFF);

  private static final byte[] BZIP2_BLOCK = "1AY&SY".getBytes(StandardCharsets.US_ASCII);

  private final String description;
  private final byte[] bytes;

  FileSignature(String description, int... bytes) {
    this.description = description;
    this.bytes = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      this.bytes[i] = (byte) bytes[i];
    }
  }

  /** What a file with this signature is, for messages. */
  String description() {
    return description;
  }

  /** The format that {@code head} begins with; empty for what may be text in UTF-8. */
  static Optional<FileSignature> of(byte[] head) {
    return Arrays.stream(values()).filter(signature -> signature.matches(head)).findFirst();
  }

  private boolean matches(byte[] head) {
    boolean begins =
        head.length >= bytes.length && Arrays.equals(head, 0, bytes.length, bytes, 0, bytes.length);
    // "BZh" may begin a text; a block of bzip2 has six more bytes behind the level
    return begins
        && (this != BZIP2
            || (head.length >= 10
                && Arrays.equals(head, 4, 10, BZIP2_BLOCK, 0, BZIP2_BLOCK.length)));
  }
}
