package dev.diffstream.benchmarks.diff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PositionBitsTest {

  /** A half of two values costs a bit each; evenly spread positions come near the bound. */
  @Test
  void theBoundIsTheEntropyAndEvenPositionsComeNear() {
    PositionBits half = PositionBits.of(diff(List.of(4), new int[] {0, 2}));
    assertThat(half.bound()).isCloseTo(4, within(1e-9));
    Random random = new Random(9);
    int[] even = IntStream.range(0, 500_000).filter(i -> random.nextInt(200) == 0).toArray();
    PositionBits bits = PositionBits.of(diff(List.of(500, 1000), even));
    assertThat(bits.bound() / even.length).isBetween(8.9, 9.3);
    assertThat(bits.compact() / bits.bound()).isBetween(0.99, 1.02);
    assertThat(bits.others().getOrDefault("riceGaps", 0.0))
        .isCloseTo(bits.compact(), within(0.01 * bits.compact()));
    assertThat(bits.others().getOrDefault("eliasFano", 0.0) / even.length).isBetween(9.0, 10.0);
    assertThat(bits.others().getOrDefault("varintGaps", 0.0) / even.length).isBetween(11.0, 14.0);
    assertThat(bits.others().getOrDefault("int32", 0.0) / even.length).isEqualTo(32);
    assertThat(bits.plus(bits).bound()).isEqualTo(2 * bits.bound());
  }

  private static Diff diff(List<Integer> shape, int[] positions) {
    DiffMetadata metadata =
        DiffMetadata.learned()
            .baseDigest("ab".repeat(32))
            .baseName("tiny")
            .baseParameters(1_000_000)
            .taskId("t")
            .objective(Objective.REGRESSION)
            .method("diff-pruning")
            .precision(ValuePrecision.FP32)
            .nonzeros(positions.length)
            .labels(List.of())
            .features("mean")
            .maxTokens(16)
            .metrics(Map.of())
            .tokenizerDigest("cd".repeat(32))
            .dataDigest("ef".repeat(32))
            .seed(1)
            .codeVersion("test")
            .build();
    return new Diff(
        metadata,
        List.of(new SparseTensor("x", shape, positions, new float[positions.length])),
        new DenseHead(1, 1, new float[1], new float[1]),
        null);
  }
}
