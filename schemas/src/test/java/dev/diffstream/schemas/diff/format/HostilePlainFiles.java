package dev.diffstream.schemas.diff.format;

import dev.diffstream.schemas.diff.codec.CompactTensors;
import java.util.List;
import java.util.Map;

/** Plain files that are wrong: two positions, 1 and 9 of a parameter x.weight of shape [2, 8]. */
final class HostilePlainFiles {
  private static final String POSITIONS = "01000000 09000000";
  private static final String VALUES = "0000003f 000080be";
  private static final String SHAPE = "2,8";

  private final Map<String, byte[]> files;

  private HostilePlainFiles(Map<String, byte[]> files) {
    this.files = files;
  }

  static void addTo(Map<String, byte[]> files) {
    HostilePlainFiles hostile = new HostilePlainFiles(files);
    hostile.pairs();
    hostile.shapes();
    hostile.positions();
  }

  /** What all others differ from. */
  static byte[] sound() {
    return pair("x.weight", "x.weight", shape(SHAPE), POSITIONS, VALUES).bytes();
  }

  private void pairs() {
    String shape = shape(SHAPE);
    put("indices-without-values", pair("x.weight", "y", shape, POSITIONS, VALUES));
    put("values-without-indices", pair("y", "x.weight", shape, POSITIONS, VALUES));
    put("name-empty", pair("", "", "{\"\":[2,8]}", POSITIONS, VALUES));
    String longest = "x".repeat(1025);
    put("name-too-long", pair(longest, longest, "{\"" + longest + "\":[2,8]}", POSITIONS, VALUES));
    put("values-too-few", pair("x.weight", "x.weight", shape, POSITIONS, "0000003f"));
    put("value-infinite", pair("x.weight", "x.weight", shape, POSITIONS, "0000003f 0000807f"));
    put(
        "tensor-of-the-compact-profile",
        pair("x.weight", "x.weight", shape, POSITIONS, VALUES)
            .tensor(CompactTensors.POSITIONS, "U8", List.of(1), "63"));
  }

  private void shapes() {
    put(
        "shapes-missing",
        new HandmadeFile(Profile.PLAIN)
            .tensor("x.weight.indices", "I32", List.of(2), POSITIONS)
            .tensor("x.weight.values", "F32", List.of(2), VALUES));
    shapes("shapes-of-another", "{\"y\":[2,8]}");
    shapes("shapes-too-many", "{\"x.weight\":[2,8],\"y\":[1]}");
    shapes("shapes-repeated", "{\"x.weight\":[2,8],\"x.weight\":[2,8]}");
    shapes("shapes-no-object", "[2,8]");
    shapes("shapes-no-json", "{\"x.weight\":[2,8]");
    shapes("shape-a-number", "{\"x.weight\":16}");
    shapes("shape-of-nine-dimensions", shape("16,1,1,1,1,1,1,1,1"));
    shapes("shape-of-9000-dimensions", shape("16" + ",1".repeat(9000)));
    shapes("shape-overflows", shape("2147483647,2147483647,4"));
    shapes("shape-beyond-two-to-31", shape("2147483647,2"));
    shapes("shape-of-zero", shape("0,16"));
    shapes("shape-infinite", shape("1e999999999"));
  }

  private void positions() {
    positions("positions-equal", "01000000 01000000");
    positions("positions-descend", "09000000 01000000");
    positions("position-negative", "ffffffff 01000000");
    positions("position-beyond-the-shape", "01000000 10000000");
    positions("position-far-beyond-the-shape", "01000000 ffffff7f");
  }

  private void shapes(String name, String shapes) {
    put(name, pair("x.weight", "x.weight", shapes, POSITIONS, VALUES));
  }

  private void positions(String name, String positions) {
    put(name, pair("x.weight", "x.weight", shape(SHAPE), positions, VALUES));
  }

  private void put(String name, HandmadeFile file) {
    files.put("plain-" + name, file.bytes());
  }

  private static String shape(String dimensions) {
    return "{\"x.weight\":[" + dimensions + "]}";
  }

  private static HandmadeFile pair(
      String indices, String values, String shapes, String positionsHex, String valuesHex) {
    byte[] i = HandmadeFile.hex(positionsHex);
    byte[] v = HandmadeFile.hex(valuesHex);
    return new HandmadeFile(Profile.PLAIN)
        .metadata(MetadataText.SHAPES, shapes)
        .tensor(indices + ".indices", "I32", List.of(i.length / 4), i)
        .tensor(values + ".values", "F32", List.of(v.length / 4), v);
  }
}
