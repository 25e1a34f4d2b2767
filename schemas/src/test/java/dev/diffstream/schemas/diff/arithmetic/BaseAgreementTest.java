package dev.diffstream.schemas.diff.arithmetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.base.BaseDescriptor.ParameterShape;
import dev.diffstream.schemas.diff.model.Diff;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BaseAgreementTest {
  private static final ParameterShape A = new ParameterShape("a.weight", List.of(6, 10));
  private static final ParameterShape B = new ParameterShape("b.weight", List.of(5, 5));
  private static final ParameterShape C = new ParameterShape("c.bias", List.of(7));

  private final Diff diff = lastPositionOfEach();

  @Test
  void acceptsItsOwnBase() {
    BaseDescriptor base = new BaseDescriptor("tiny", DenseDiff.BASE, List.of(A, B, C));
    BaseAgreement.check(diff, base);
  }

  @Test
  void namesWhatDiffers() {
    String other = "ab".repeat(32);
    refused(new BaseDescriptor("tiny", other, List.of(A, B, C)), "expected " + other);
    refused(new BaseDescriptor("tiny", DenseDiff.BASE, List.of(A, B)), "expected 85, got 92");
    ParameterShape renamed = new ParameterShape("d.bias", List.of(7));
    refused(new BaseDescriptor("tiny", DenseDiff.BASE, List.of(A, B, renamed)), "got c.bias");
    ParameterShape narrow = new ParameterShape("b.weight", List.of(24));
    ParameterShape wide = new ParameterShape("c.bias", List.of(8));
    refused(
        new BaseDescriptor("tiny", DenseDiff.BASE, List.of(A, narrow, wide)),
        "b.weight: expected shape [24], got [5, 5]");
  }

  private void refused(BaseDescriptor base, String message) {
    assertThatThrownBy(() -> BaseAgreement.check(diff, base))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BASE_MISMATCH))
        .hasMessageContaining(message);
  }

  private static Diff lastPositionOfEach() {
    Map<String, float[]> parameters = new TreeMap<>();
    DenseDiff.SIZES.forEach(
        (name, size) -> {
          float[] values = new float[(int) (long) size];
          java.util.Arrays.fill(values, Float.NaN);
          values[values.length - 1] = 1;
          parameters.put(name, values);
        });
    return new DenseDiff(parameters).sparse();
  }
}
