package dev.diffstream.schemas.diff.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.diffstream.schemas.diff.codec.Directory;
import dev.diffstream.schemas.diff.codec.PositionCode;
import dev.diffstream.schemas.diff.codec.PositionLayout;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Files of a megabyte or so that say as little as they can where a reader makes much of it. */
final class Bombs {
  private static final int MANY = 1 << 17;

  private Bombs() {}

  static Map<String, byte[]> byName() {
    Map<String, byte[]> bombs = new TreeMap<>();
    bombs.put("names that share 1021 bytes", names(1021));
    bombs.put("names of 3 bytes", names(0));
    bombs.put("full columns of two values", fullColumns());
    bombs.put("columns without positions", emptyColumns());
    bombs.put("objects in a tensor's place", inHeader("\"x\":[{}" + ",{}".repeat(MANY) + "]"));
    bombs.put("arrays in a shape", inHeader("\"x\":{\"shape\":[[]" + ",[]".repeat(MANY) + "]}"));
    bombs.put("objects as labels", metadata("task.labels", "[{}" + ",{}".repeat(MANY) + "]"));
    bombs.put("labels", metadata("task.labels", "[\"\"" + ",\"\"".repeat(MANY) + "]"));
    bombs.put("metrics", metadata("metrics", members("0")));
    bombs.put("shapes", metadata("shapes", members("[1]")));
    return bombs;
  }

  /** All with the first bytes in common, then three that ascend. */
  private static byte[] names(int shared) {
    ByteArrayOutputStream directory = new ByteArrayOutputStream();
    directory.writeBytes(HandmadeFile.hex("808008"));
    for (int i = 0; i < MANY; i++) {
      byte[] own = {(byte) (' ' + i / 94 / 94), (byte) (' ' + i / 94 % 94), (byte) (' ' + i % 94)};
      if (i == 0) {
        directory.writeBytes(HandmadeFile.hex(shared == 0 ? "0003" : "008008"));
        directory.writeBytes("x".repeat(shared).getBytes(UTF_8));
      } else {
        directory.writeBytes(HandmadeFile.hex(shared == 0 ? "0003" : "fd0703"));
      }
      directory.writeBytes(own);
      directory.writeBytes(new byte[4]);
    }
    return FuzzedFile.compact(
        ValuePrecision.FP32, directory.toByteArray(), new byte[0], new byte[0]);
  }

  /** A bit for each position and one for each value. */
  private static byte[] fullColumns() {
    int rows = 1 << 10;
    int columns = 1 << 12;
    int bitsOfColumn = 12 + rows;
    BitSet bits = new BitSet();
    for (int column = 0; column < columns; column++) {
      bits.set(column * bitsOfColumn + 1);
      bits.set(column * bitsOfColumn + 12, (column + 1) * bitsOfColumn);
    }
    return columns(List.of(rows, columns), rows * columns, 10, bits.toByteArray());
  }

  private static byte[] emptyColumns() {
    byte[] ones = new byte[1 << 20];
    Arrays.fill(ones, (byte) 0xFF);
    return columns(List.of(1, 8 * ones.length), 0, 0, ones);
  }

  private static byte[] columns(List<Integer> shape, int positions, int k, byte[] bits) {
    ValuePrecision precision = ValuePrecision.INT1;
    Directory.Entry entry =
        new Directory.Entry(
            "x",
            shape,
            positions,
            new PositionCode(PositionLayout.COLUMNS, k),
            bits.length,
            new float[] {1});
    return FuzzedFile.compact(
        precision,
        Directory.write(List.of(entry), precision),
        bits,
        new byte[(int) precision.bytes(positions)]);
  }

  private static byte[] metadata(String key, String value) {
    return new HandmadeFile(Profile.PLAIN).metadata(key, value).bytes();
  }

  private static String members(String value) {
    StringBuilder members = new StringBuilder("{\"\":" + value);
    for (int i = 0; i < MANY; i++) {
      members.append(",\"").append(Integer.toString(i, 36)).append("\":").append(value);
    }
    return members.append('}').toString();
  }

  private static byte[] inHeader(String member) {
    String metadata = DiffWriter.headerText(HostileCodes.sound()).strip();
    return HandmadeFile.of(
        ("{" + member + "," + metadata.substring(1)).getBytes(UTF_8), new byte[0]);
  }
}
