package dev.diffstream.schemas.diff.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.diff.codec.CompactPlan;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The bytes that docs/diff-file-v1.md shows are those that are written. */
class WorkedExampleTest {
  @Test
  void theSpecificationShowsTheBytesThatAreWritten() throws IOException {
    SparseTensor tensor =
        new SparseTensor("x.weight", List.of(2, 8), new int[] {1, 9}, new float[] {0.5f, -0.25f});
    CompactPlan plan = new CompactPlan(List.of(tensor), ValuePrecision.INT4);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    expected.writeBytes(plan.directory());
    plan.writePositions(expected);
    plan.writeValues(expected);
    positions(List.of(4, 16), 32, 34, 35, 37, 38, 41, 44, 46).writePositions(expected);
    positions(List.of(8, 3), 1, 4, 10, 13, 16, 22).writePositions(expected);
    StringBuilder shown = new StringBuilder();
    for (String line : Files.readAllLines(Path.of("../docs/diff-file-v1.md"))) {
      if (line.matches("    [0-9a-f]{2}( [0-9a-f]{2})*   .*")) {
        shown.append(line.strip().replaceFirst("   .*", "")).append(' ');
      }
    }
    assertThat(shown.toString().strip())
        .isEqualTo(HexFormat.ofDelimiter(" ").formatHex(expected.toByteArray()));
  }

  private static CompactPlan positions(List<Integer> shape, int... positions) {
    float[] values = new float[positions.length];
    Arrays.fill(values, 1);
    SparseTensor tensor = new SparseTensor("x.weight", shape, positions, values);
    return new CompactPlan(List.of(tensor), ValuePrecision.FP32);
  }
}
