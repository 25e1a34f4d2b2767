package dev.diffstream.schemas.diff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.diff.Diff.SparseTensor;
import dev.diffstream.schemas.diff.codec.CompactPlan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    ByteArrayOutputStream positions = new ByteArrayOutputStream();
    plan.writePositions(positions);
    ByteArrayOutputStream values = new ByteArrayOutputStream();
    plan.writeValues(values);
    StringBuilder shown = new StringBuilder();
    for (String line : Files.readAllLines(Path.of("../docs/diff-file-v1.md"))) {
      if (line.matches("    [0-9a-f]{2}( [0-9a-f]{2})*   .*")) {
        shown.append(line.strip().replaceFirst("   .*", "")).append(' ');
      }
    }
    HexFormat hex = HexFormat.ofDelimiter(" ");
    assertThat(shown.toString().strip())
        .isEqualTo(
            String.join(
                " ",
                hex.formatHex(plan.directory()),
                hex.formatHex(positions.toByteArray()),
                hex.formatHex(values.toByteArray())));
  }
}
