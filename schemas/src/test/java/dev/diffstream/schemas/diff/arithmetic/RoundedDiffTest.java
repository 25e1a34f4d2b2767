package dev.diffstream.schemas.diff.arithmetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.arithmetic.DiffMerge.Parent;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RoundedDiffTest {
  private static final float NONE = Float.NaN;

  @ParameterizedTest
  @CsvSource({"FP16, 1e6, 65504.0", "FP16, -65505, 65504.0", "BF16, 3.4e38, 3.3895314E38"})
  void refusesWhatThePrecisionCannotHold(ValuePrecision precision, float value, String largest) {
    Diff diff = diff(0.5f, NONE, value);
    assertThatThrownBy(() -> RoundedDiff.of(diff, precision))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT))
        .hasMessageContaining("c.bias at 2 to " + precision.text())
        .hasMessageContaining(Float.toString(value))
        .hasMessageContaining("at most " + largest)
        .hasMessageContaining("--precision fp32");
    assertThat(values(RoundedDiff.of(diff, ValuePrecision.FP32))).containsExactly(0.5f, value);
  }

  @Test
  void holdsTheLargest() {
    assertThat(values(RoundedDiff.of(diff(65504, -65504), ValuePrecision.FP16)))
        .containsExactly(65504, -65504);
  }

  @Test
  void leavesOutWhatIsTooSmallAndCountsIt() {
    RoundedDiff rounded = RoundedDiff.of(diff(1e-8f, 0, 0.5f, -1e-9f), ValuePrecision.FP16);
    assertThat(rounded.tooSmall()).isEqualTo(2);
    assertThat(values(rounded)).containsExactly(0.5f);
    assertThat(rounded.diff().tensors().get(0).positions()).containsExactly(2);
    assertThat(rounded.diff().metadata().nonzeros()).isEqualTo(1);
    assertThat(rounded.diff().metadata().precision()).isEqualTo(ValuePrecision.FP16);

    RoundedDiff nothing = RoundedDiff.of(diff(1e-8f, -1e-9f), ValuePrecision.FP16);
    assertThat(nothing.diff().tensors()).isEmpty();
    assertThat(nothing.tooSmall()).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void whatItGivesStandsInAFileAsItIs(ValuePrecision precision) {
    Random random = new Random(17);
    for (int round = 0; round < 50; round++) {
      Diff diff = RoundedDiff.of(DenseDiff.random(random).sparse(), precision).diff();
      Diff read = DiffReader.read(DiffWriter.write(diff));
      assertThat(read.metadata()).as("seed 17, round " + round).isEqualTo(diff.metadata());
      assertThat(RoundedDiff.of(read, precision).tooSmall()).isZero();
    }
  }

  @Test
  void mergesAreRoundedSo() {
    Diff small = diff(0.5f, 0.25f);
    DiffMerge merge =
        new DiffMerge(
            List.of(new Parent(small, "a", 1e-9), new Parent(diff(NONE, 1), "b", 1)),
            MergeMethod.ADD,
            0);
    RoundedDiff merged = merge.diff("both", ValuePrecision.FP16);
    assertThat(merged.tooSmall()).isEqualTo(1);
    assertThat(values(merged)).containsExactly(1);
  }

  private static Diff diff(float... values) {
    float[] all = DenseDiff.zeros("c.bias");
    java.util.Arrays.fill(all, NONE);
    System.arraycopy(values, 0, all, 0, values.length);
    return new DenseDiff(new TreeMap<>(Map.of("c.bias", all))).sparse();
  }

  private static float[] values(RoundedDiff rounded) {
    List<SparseTensor> tensors = rounded.diff().tensors();
    assertThat(tensors).hasSize(1);
    return tensors.get(0).values();
  }
}
