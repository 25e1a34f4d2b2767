package dev.diffstream.schemas.diff.format;

import static dev.diffstream.schemas.diff.format.HandmadeFile.hex;
import static dev.diffstream.schemas.diff.precision.ValuePrecision.BF16;
import static dev.diffstream.schemas.diff.precision.ValuePrecision.FP16;
import static dev.diffstream.schemas.diff.precision.ValuePrecision.FP32;
import static dev.diffstream.schemas.diff.precision.ValuePrecision.INT1;
import static dev.diffstream.schemas.diff.precision.ValuePrecision.INT4;
import static dev.diffstream.schemas.diff.precision.ValuePrecision.INT8;

import dev.diffstream.schemas.diff.codec.CompactTensors;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Compact files that are wrong in their directory, positions, values or head: variants of the
 * worked example of the specification.
 */
final class HostileCodes {
  /** Nothing shared, x.weight. */
  private static final String NAME = "00 08 782e776569676874";

  private static final String SHAPE = "02 02 08";
  private static final String PARAMETER = NAME + SHAPE + "02 01 01";
  private static final String POSITIONS = "63";
  private static final String VALUES = "0000003f 000080be";

  private final Map<String, byte[]> files;

  private HostileCodes(Map<String, byte[]> files) {
    this.files = files;
  }

  static void addTo(Map<String, byte[]> files) {
    HostileCodes hostile = new HostileCodes(files);
    hostile.numbers();
    hostile.names();
    hostile.shapes();
    hostile.books();
    hostile.positions();
    hostile.lines();
    hostile.values();
    hostile.heads();
  }

  /** What all others differ from. */
  static byte[] sound() {
    return compact(FP32, "01" + PARAMETER, POSITIONS, VALUES);
  }

  private void numbers() {
    directory("directory-empty", "");
    directory("directory-number-not-shortest", "8100" + PARAMETER);
    directory("directory-number-of-six-bytes", "818080808000" + PARAMETER);
    directory("directory-number-without-end", "ff");
    directory("directory-count-too-many", "02" + PARAMETER);
    directory("directory-count-huge", "ffffffff0f" + PARAMETER);
    directory("directory-goes-on", "01" + PARAMETER + "00");
    directory("directory-ends-early", "01" + NAME + SHAPE);
  }

  private void names() {
    directory("names-equal", "02" + PARAMETER + "08 00" + SHAPE + "000000");
    directory("names-descend", "02" + PARAMETER + "00 01 61" + SHAPE + "000000");
    directory("name-empty", "01 00 00" + SHAPE + "02 01 01");
    directory("name-shares-what-is-not-there", "01 01 01 61" + SHAPE + "02 01 01");
    directory("name-beyond-the-directory", "01 00 7f 61");
    directory("name-too-long", "01 00 8108" + "61".repeat(1025) + SHAPE + "02 01 01");
    directory("name-not-utf-8", "01 00 01 ff" + SHAPE + "02 01 01");
    directory("name-half-a-surrogate", "01 00 03 eda080" + SHAPE + "02 01 01");
  }

  private void shapes() {
    directory("shape-beyond-two-to-31", "01" + NAME + "02 80808004 808004 02 01 01");
    directory("shape-overflows-64-bits", "01" + NAME + "03" + "ffffffff07".repeat(3) + "02 01 01");
    directory("shape-of-nine-dimensions", "01" + NAME + "09 10" + "01".repeat(8) + "02 01 01");
    directory("dimension-zero", "01" + NAME + "02 00 08 02 01 01");
    directory("positions-more-than-the-shape", "01" + NAME + "02 01 01 02 01 01");
    directory("positions-more-than-bits", "01" + NAME + SHAPE + "09 00 01");
    directory("position-bytes-beyond-the-tensor", "01" + NAME + SHAPE + "02 01 02");
    directory("position-bytes-huge", "01" + NAME + SHAPE + "02 01 ffffffff07");
    directory("layout-unknown", "01" + NAME + SHAPE + "02 61 01");
    directory("k-of-25", "01" + NAME + SHAPE + "02 19 01");
    directory("columns-of-too-many-rows", "01" + NAME + "02 818040 01 02 41 01");
  }

  private void books() {
    put("codebook-of-17", INT4, "11" + "0000003f".repeat(17), "00");
    put("codebook-descends", INT4, "02 0000003f 000080be", "01");
    put("codebook-repeats", INT1, "02 0000003f 0000003f", "01");
    put("codebook-not-a-number", INT4, "01 0000c07f", "00");
    put("codebook-infinite", INT4, "01 0000807f", "00");
    put("codebook-entry-missing", INT4, "02 000080be 0000003f", "21");
    put("codebook-empty", INT1, "00", "00");
    put("codebook-ends-early", INT4, "02 000080be", "01");
    put("scale-negative", INT8, "000000bf", "7f01");
    put("scale-not-a-number", INT8, "0000c07f", "7f01");
    put("scale-times-number-infinite", INT8, "ffff7f7f", "7f01");
    put("number-below-minus-127", INT8, "0000003f", "8001");
  }

  private void positions() {
    code("position-beyond-the-shape", SHAPE, "02 01", "0302");
    code("position-at-the-end-of-the-shape", "01 0a", "02 01", "43");
    code("code-ends-early", SHAPE, "02 01", "03");
    code("code-all-zeros", SHAPE, "02 01", "00");
    code("code-without-bytes", SHAPE, "00 00", "00");
    code("code-ends-late", SHAPE, "02 01", "6300");
    code("code-filled-with-ones", SHAPE, "02 01", "e3");
    code("code-of-zeros-for-long", "01 10", "01 00", "00".repeat(4000) + "01");
    code("code-low-bits-behind-the-end", SHAPE, "01 18", "01");
  }

  private void lines() {
    code("rows-count-of-a-row-too-many", SHAPE, "02 20", "08");
    code("rows-counts-too-few", SHAPE, "02 20", "26");
    code("rows-position-beyond-the-row", SHAPE, "01 20", "92");
    code("rows-without-bits", "02 808008 08", "02 20", POSITIONS);
    code("columns-without-bits", "02 08 808008", "02 40", POSITIONS);
    code("columns-count-of-a-column-too-many", SHAPE, "02 40", "08");
    code("columns-position-beyond-the-column", SHAPE, "01 40", "f20f");
  }

  private void values() {
    files.put("value-not-a-number", values(FP32, "0000003f 0000c07f"));
    files.put("value-infinite", values(FP32, "0000003f 000080ff"));
    files.put("value-infinite-fp16", values(FP16, "0038 007c"));
    files.put("value-not-a-number-bf16", values(BF16, "003f c07f"));
    files.put("values-too-few", values(FP32, "0000003f"));
    files.put("values-too-many", values(FP32, VALUES + "0000003f"));
    put("values-filled-with-ones", INT1, "02 000080be 0000003f", "05");
    files.put("values-missing", withoutValues().bytes());
    files.put(
        "values-of-other-dtype",
        withoutValues().tensor(CompactTensors.VALUES, "F16", List.of(2), "0038 0038").bytes());
  }

  private void heads() {
    byte[] head = sound();
    int weight = 8 + DiffWriter.headerText(head).getBytes(StandardCharsets.UTF_8).length;
    head[weight + 2] = (byte) 0xC0;
    head[weight + 3] = 0x7F;
    files.put("head-not-a-number", ForgedChecksums.on(head));
    probes("probes-not-a-number", "F32", List.of(4, 1), "0000c07f".repeat(4));
    probes("probes-of-three-sentences", "F32", List.of(3, 1), "00000000".repeat(3));
    probes("probes-too-wide", "F32", List.of(4, 2), "00000000".repeat(8));
    probes("probes-in-fp16", "F16", List.of(4, 1), "0000".repeat(4));
    byte[] values = hex(VALUES);
    files.put(
        "tensor-of-the-plain-profile",
        withoutValues()
            .tensor(CompactTensors.VALUES, "F32", List.of(2), values)
            .tensor("x.indices", "I32", List.of(1), "00000000")
            .bytes());
  }

  private void probes(String name, String dtype, List<Integer> shape, String hex) {
    files.put(
        name,
        withoutValues()
            .tensor(CompactTensors.VALUES, "F32", List.of(2), VALUES)
            .tensor(TensorNames.PROBES, dtype, shape, hex)
            .bytes());
  }

  private static HandmadeFile withoutValues() {
    byte[] directory = hex("01" + PARAMETER);
    return new HandmadeFile(Profile.COMPACT)
        .tensor(CompactTensors.DIRECTORY, "U8", List.of(directory.length), directory)
        .tensor(CompactTensors.POSITIONS, "U8", List.of(1), POSITIONS);
  }

  private void directory(String name, String directory) {
    files.put(name, compact(FP32, directory, POSITIONS, VALUES));
  }

  /**
   * @param book of the parameter, as the directory holds it
   */
  private void put(String name, ValuePrecision precision, String book, String values) {
    files.put(name, compact(precision, "01" + PARAMETER + book, POSITIONS, values));
  }

  /**
   * @param counted number of positions, less than 128, and their code
   */
  private void code(String name, String shape, String counted, String positions) {
    int bytes = hex(positions).length;
    String length = "%02x%02x".formatted(bytes & 0x7F | 0x80, bytes >>> 7);
    files.put(
        name,
        compact(
            FP32,
            "01" + NAME + shape + counted + (bytes < 128 ? "%02x".formatted(bytes) : length),
            positions,
            "0000003f".repeat(hex(counted)[0])));
  }

  private static byte[] values(ValuePrecision precision, String values) {
    return compact(precision, "01" + PARAMETER, POSITIONS, values);
  }

  private static byte[] compact(
      ValuePrecision precision, String directory, String positions, String values) {
    return FuzzedFile.compact(precision, hex(directory), hex(positions), hex(values));
  }
}
