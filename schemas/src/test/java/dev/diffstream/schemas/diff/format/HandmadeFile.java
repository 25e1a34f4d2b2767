package dev.diffstream.schemas.diff.format;

import dev.diffstream.schemas.json.Json;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A diff file that no writer would write: whatever it is given, with checksums that fit. */
final class HandmadeFile {
  private final Map<String, String> metadata;
  private final Map<String, Object> header = new LinkedHashMap<>();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  /** With the metadata of a small diff, and its head as the first tensors. */
  HandmadeFile(Profile profile) {
    metadata = new TreeMap<>(MetadataText.write(SampleDiffs.small().metadata(), profile));
    header.put("__metadata__", metadata);
    tensor(TensorNames.HEAD_BIAS, "F32", List.of(1), new byte[4]);
    tensor(TensorNames.HEAD_WEIGHT, "F32", List.of(1, 1), new byte[4]);
  }

  HandmadeFile metadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  HandmadeFile tensor(String name, String dtype, List<Integer> shape, String hex) {
    return tensor(name, dtype, shape, hex(hex));
  }

  HandmadeFile tensor(String name, String dtype, List<Integer> shape, byte[] bytes) {
    List<Integer> offsets = List.of(data.size(), data.size() + bytes.length);
    data.writeBytes(bytes);
    header.put(
        name, new TreeMap<>(Map.of("dtype", dtype, "shape", shape, "data_offsets", offsets)));
    return this;
  }

  byte[] bytes() {
    byte[] checksums = new byte[Checksums.bytes(header.size() - 1)];
    tensor(Checksums.NAME, "U8", List.of(checksums.length), checksums);
    return of(Json.writeUnsorted(header), data.toByteArray());
  }

  /** Header and tensors with the header's length before and fitting checksums behind. */
  static byte[] of(byte[] header, byte[] data) {
    ByteBuffer out =
        ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    return ForgedChecksums.on(out.putLong(header.length).put(header).put(data).array());
  }

  /** Hexadecimal digits, with spaces wherever they help. */
  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }
}
