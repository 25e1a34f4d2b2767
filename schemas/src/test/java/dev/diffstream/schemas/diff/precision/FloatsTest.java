package dev.diffstream.schemas.diff.precision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FloatsTest {
  @Test
  void halfFloatsAgreeWithTheJdk() throws ReflectiveOperationException {
    var toFloat = Float.class.getMethod("float16ToFloat", short.class);
    var fromFloat = Float.class.getMethod("floatToFloat16", float.class);
    for (int half = 0; half < 0x7C00; half++) {
      assertThat(HalfFloat.toFloat((short) half))
          .isEqualTo((float) toFloat.invoke(null, (short) half));
    }
    Random random = new Random(3);
    for (int i = 0; i < 100_000; i++) {
      float value = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(40) - 28));
      if (Math.abs(value) < 65504) {
        assertThat(HalfFloat.fromFloat(value))
            .as("%s", value)
            .isEqualTo((short) fromFloat.invoke(null, value));
      }
    }
    assertThat(HalfFloat.toFloat(HalfFloat.fromFloat(1e9f))).isEqualTo(65504f);
    assertThat(HalfFloat.toFloat(HalfFloat.fromFloat(-1e9f))).isEqualTo(-65504f);
  }

  @Test
  void brainFloatsAreTheNearestOnes() {
    for (int brain = 0; brain < 0x7F80; brain++) {
      float value = BrainFloat.toFloat((short) brain);
      assertThat(BrainFloat.fromFloat(value)).isEqualTo((short) brain);
      assertThat(BrainFloat.fromFloat(-value)).isEqualTo((short) (brain | 0x8000));
    }
    Random random = new Random(3);
    for (int i = 0; i < 100_000; i++) {
      float value = Float.intBitsToFloat(0x00800000 + random.nextInt(0x7F000000 - 0x00800000));
      short nearest = BrainFloat.fromFloat(value);
      double error = Math.abs((double) BrainFloat.toFloat(nearest) - value);
      for (int beside = -1; beside <= 1; beside += 2) {
        double other = BrainFloat.toFloat((short) (nearest + beside));
        assertThat(error).as("%s", value).isLessThanOrEqualTo(Math.abs(other - value));
      }
    }
    float tie = Float.intBitsToFloat(0x3F808000);
    assertThat(BrainFloat.fromFloat(tie)).isEqualTo((short) 0x3F80);
    assertThat(BrainFloat.toFloat(BrainFloat.fromFloat(Float.MAX_VALUE))).isFinite();
  }
}
