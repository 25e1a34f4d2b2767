package dev.diffstream.schemas.diff.arithmetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiffComparisonTest {
  private static final Offset<Double> CLOSE = within(1e-12);

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void agreesWithDenseArrays(long seed) {
    Random random = new Random(seed);
    DenseDiff a = DenseDiff.random(random);
    DenseDiff b = DenseDiff.random(random);
    long left = 0;
    long right = 0;
    long both = 0;
    long same = 0;
    long other = 0;
    double dot = 0;
    double squaresA = 0;
    double squaresB = 0;
    double onBothA = 0;
    double onBothB = 0;
    double within = 0;
    for (String name : a.parameters().keySet()) {
      float[] x = a.values(name);
      float[] y = b.values(name);
      long leftHere = 0;
      long rightHere = 0;
      for (int i = 0; i < x.length; i++) {
        leftHere += Float.isNaN(x[i]) ? 0 : 1;
        rightHere += Float.isNaN(y[i]) ? 0 : 1;
        squaresA += Float.isNaN(x[i]) ? 0 : x[i] * x[i];
        squaresB += Float.isNaN(y[i]) ? 0 : y[i] * y[i];
        if (!Float.isNaN(x[i]) && !Float.isNaN(y[i])) {
          both++;
          dot += x[i] * y[i];
          onBothA += x[i] * x[i];
          onBothB += y[i] * y[i];
          same += x[i] * y[i] > 0 ? 1 : 0;
          other += x[i] * y[i] < 0 ? 1 : 0;
        }
      }
      left += leftHere;
      right += rightHere;
      within += (double) leftHere * rightHere / x.length;
    }

    DiffComparison comparison = DiffComparison.of(a.sparse(), b.sparse());
    Overlap total = comparison.total();
    assertThat(total.left()).isEqualTo(left);
    assertThat(total.right()).isEqualTo(right);
    assertThat(total.both()).isEqualTo(both);
    assertThat(total.sameSign()).isEqualTo(same);
    assertThat(total.otherSign()).isEqualTo(other);
    assertThat(total.jaccard()).isCloseTo(ratio(both, left + right - both), CLOSE);
    assertThat(total.cosine()).isCloseTo(ratio(dot, Math.sqrt(squaresA * squaresB)), CLOSE);
    assertThat(total.cosineOnBoth()).isCloseTo(ratio(dot, Math.sqrt(onBothA * onBothB)), CLOSE);
    assertThat(total.signAgreement()).isCloseTo(ratio(same, same + other), CLOSE);
    assertThat(comparison.expected())
        .isCloseTo((double) left * right / DenseDiff.BASE_PARAMETERS, CLOSE);
    assertThat(comparison.expectedWithin(DenseDiff.SIZES)).isCloseTo(within, CLOSE);
  }

  @Test
  void aDiffIsLikeItself() {
    DenseDiff diff = DenseDiff.random(new Random(20));
    Overlap total = DiffComparison.of(diff.sparse(), diff.sparse()).total();
    assertThat(total.jaccard()).isEqualTo(1);
    assertThat(total.cosine()).isCloseTo(1, CLOSE);
    assertThat(total.signAgreement()).isEqualTo(1);
  }

  @Test
  void refusesAnotherBase() {
    DenseDiff diff = DenseDiff.random(new Random(21));
    String other = "ab".repeat(32);
    assertThatThrownBy(
            () ->
                DiffComparison.of(
                    diff.sparse(), diff.sparse("other-task", other, DenseDiff.TOKENIZER)))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BASE_MISMATCH))
        .hasMessageContaining(DenseDiff.BASE)
        .hasMessageContaining(other)
        .hasMessageContaining("other-task");
  }

  private static double ratio(double part, double whole) {
    return whole == 0 ? 0 : part / whole;
  }
}
