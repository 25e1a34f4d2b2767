package dev.diffstream.gateway.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ProbeBitsTest {
  private static ProbeBits of(float... scores) {
    return ProbeBits.of(List.of(scores, new float[] {1}));
  }

  @Test
  void everyBitCounts() {
    assertThat(of(0.1f, 2)).isEqualTo(of(0.1f, 2)).hasSameHashCodeAs(of(0.1f, 2));
    assertThat(of(Math.nextUp(0.1f), 2)).isNotEqualTo(of(0.1f, 2));
    assertThat(of(0f)).isNotEqualTo(of(-0f));
    assertThat(of(Float.NaN)).isEqualTo(of(Float.NaN));
    assertThat(of(1)).isNotEqualTo(of(1, 1));
    assertThat(of(1)).isNotEqualTo(ProbeBits.of(List.of(new float[] {1})));
  }
}
