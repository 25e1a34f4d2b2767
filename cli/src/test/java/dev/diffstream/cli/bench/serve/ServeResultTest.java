package dev.diffstream.cli.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.cli.bench.load.PhaseResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServeResultTest {
  @Test
  void ratiosAreOfTheSameRound() {
    ServeResult result =
        result(
            Map.of(
                1, List.of(phase(1, 100, 0), phase(1, 10, 0), phase(1, 1000, 0)),
                1024, List.of(phase(1024, 90, 0), phase(1024, 8, 0), phase(1024, 950, 0))));
    assertThat(result.ratio(1024, 1, PhaseResult::throughput)).isEqualTo(0.9);
    assertThat(result.sizes()).hasSize(2);
  }

  @Test
  void nothingWrongIsForgotten() {
    ServeResult result =
        result(Map.of(1, List.of(phase(1, 5, 2)), 10, List.of(phase(10, 5, 0), phase(10, 4, 1))));
    assertThat(result.wrong()).isEqualTo(3);
    assertThat(result.lost()).isEqualTo(1);
    assertThat(result.answered()).isEqualTo(19);
    assertThat(result.firstFault()).isEqualTo("bad");
  }

  @Test
  void theSlowestOfFewIsTheirNinetyNinthPercentile() {
    assertThat(result(Map.of()).announcedToServedMillis(0.5)).isEqualTo(20);
    assertThat(result(Map.of()).announcedToServedMillis(0.99)).isEqualTo(90);
  }

  @Test
  void aFloodIsComparedWithTheQuietBefore() {
    assertThat(result(Map.of()).flood())
        .containsEntry("quietP99Millis", 2.0)
        .containsEntry("floodedP99Millis", 5.0)
        .containsEntry("ratio", 2.5);
  }

  private static PhaseResult timed(int micros) {
    return new PhaseResult(1, 1, 1, 0, 0, new int[] {1}, new int[] {micros}, "");
  }

  private static ServeResult result(Map<Integer, List<PhaseResult>> rounds) {
    PhaseResult lost = new PhaseResult(1, 1, 1, 0, 1, new int[] {1}, new int[] {5}, "bad");
    return new ServeResult(
        rounds,
        List.of(timed(1_000), timed(2_000)),
        List.of(timed(3_000), timed(5_000)),
        List.of(lost),
        List.of(Duration.ofMillis(90), Duration.ofMillis(10), Duration.ofMillis(20)),
        Duration.ofSeconds(3),
        GatewayMemory.UNKNOWN);
  }

  private static PhaseResult phase(int tasks, int answered, int wrong) {
    String fault = wrong == 0 ? "" : "bad";
    return new PhaseResult(
        tasks, 1, answered, wrong, 0, new int[] {answered}, new int[answered], fault);
  }
}
