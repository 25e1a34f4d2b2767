package dev.diffstream.schemas.diff.arithmetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.arithmetic.DiffMerge.Parent;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DiffMergeTest {
  private static final double[] WEIGHTS = {0.5, 1, 0.25, 2};

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void agreesWithDenseArrays(long seed) {
    Random random = new Random(seed);
    List<DenseDiff> diffs = new ArrayList<>();
    int count = 2 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      diffs.add(DenseDiff.random(random));
    }
    for (MergeMethod method : MergeMethod.values()) {
      Diff merged =
          new DiffMerge(parents(diffs), method, 0).diff("both", ValuePrecision.FP32).diff();
      Map<String, float[]> values = new TreeMap<>();
      for (SparseTensor tensor : merged.tensors()) {
        float[] dense = DenseDiff.zeros(tensor.name());
        for (int i = 0; i < tensor.positions().length; i++) {
          assertThat(tensor.values()[i]).isNotZero();
          dense[tensor.positions()[i]] = tensor.values()[i];
        }
        values.put(tensor.name(), dense);
      }
      DenseDiff.SIZES.forEach(
          (name, size) ->
              assertThat(values.getOrDefault(name, DenseDiff.zeros(name)))
                  .as("%s of %s", method, name)
                  .containsExactly(expected(diffs, name, method)));
      assertThat(DiffReader.read(ByteBuffer.wrap(DiffWriter.write(merged))).nonzeros())
          .isEqualTo(merged.metadata().nonzeros());
    }
  }

  private static float[] expected(List<DenseDiff> diffs, String name, MergeMethod method) {
    float[] expected = DenseDiff.zeros(name);
    for (int i = 0; i < expected.length; i++) {
      double sum = 0;
      double weights = 0;
      for (int d = 0; d < diffs.size(); d++) {
        float value = diffs.get(d).values(name)[i];
        if (!Float.isNaN(value)) {
          sum += WEIGHTS[d] * value;
          weights += WEIGHTS[d];
        }
      }
      double merged = method == MergeMethod.ADD || weights == 0 ? sum : sum / weights;
      expected[i] = (float) (merged == 0 ? 0.0 : merged);
    }
    return expected;
  }

  @ParameterizedTest
  @EnumSource
  void takesTheHeadOfOneAndTheProbesOfNone(MergeMethod method) {
    Random random = new Random(31);
    Diff first = DenseDiff.random(random).sparse("first", DenseDiff.BASE, DenseDiff.TOKENIZER);
    Diff second = DenseDiff.random(random).sparse("second", DenseDiff.BASE, DenseDiff.TOKENIZER);
    DiffMerge merge = new DiffMerge(List.of(parent(first, 1), parent(second, 1)), method, 1);
    Diff merged = merge.diff("sum", ValuePrecision.FP16).diff();
    assertThat(merged.head()).isSameAs(second.head());
    assertThat(merged.probes()).isNull();
    assertThat(merged.metadata().labels()).containsExactly("second yes", "second no");
    assertThat(merged.metadata().taskId()).isEqualTo("sum");
    assertThat(merged.metadata().method()).isEqualTo("merge");
    assertThat(merged.metadata().metrics()).isEmpty();
    assertThat(merged.metadata().dataDigest()).isEqualTo(Sha256.of(merge.recipe()));
    assertThat(merge.recipe())
        .isEqualTo(
            """
            diffstream-merge-1
            %s
            %s
            %s 1.0
            %s 1.0
            """
                .formatted(method.text(), digest(second), digest(first), digest(second)));
    assertThat(DiffWriter.write(merged))
        .isEqualTo(DiffWriter.write(merge.diff("sum", ValuePrecision.FP16).diff()));
  }

  @Test
  void refusesWhatDoesNotFit() {
    Random random = new Random(32);
    Diff here = DenseDiff.random(random).sparse();
    Diff elsewhere = DenseDiff.random(random).sparse("t", "ab".repeat(32), DenseDiff.TOKENIZER);
    Diff readsOtherwise = DenseDiff.random(random).sparse("t", DenseDiff.BASE, "ab".repeat(32));
    refused(ErrorCode.BASE_MISMATCH, "base digest", 0, parent(here, 1), parent(elsewhere, 1));
    refused(ErrorCode.BASE_MISMATCH, "tokeniser", 0, parent(here, 1), parent(readsOtherwise, 1));
    refused(ErrorCode.INVALID_EVENT, "at least two", 0, parent(here, 1));
    refused(ErrorCode.INVALID_EVENT, "number 2", 2, parent(here, 1), parent(here, 1));
    refused(ErrorCode.INVALID_EVENT, "above zero", 0, parent(here, 1), parent(here, -1));
    refused(ErrorCode.INVALID_EVENT, "NaN", 0, parent(here, 1), parent(here, Double.NaN));
  }

  private static void refused(ErrorCode code, String message, int head, Parent... parents) {
    assertThatThrownBy(() -> new DiffMerge(List.of(parents), MergeMethod.OVERLAP_AWARE, head))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(message);
  }

  private static List<Parent> parents(List<DenseDiff> diffs) {
    List<Parent> parents = new ArrayList<>();
    for (DenseDiff diff : diffs) {
      parents.add(parent(diff.sparse(), WEIGHTS[parents.size()]));
    }
    return parents;
  }

  private static Parent parent(Diff diff, double weight) {
    return new Parent(diff, digest(diff), weight);
  }

  private static String digest(Diff diff) {
    return Sha256.of(DiffWriter.write(diff));
  }
}
