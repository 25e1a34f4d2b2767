package dev.diffstream.gateway.confidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.schemas.event.GatewayResidency.Window;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class ConfidencesTest {
  private Instant now = Instant.EPOCH;
  private final Confidences confidences = new Confidences(() -> now);

  private static Moments one(double value) {
    return new Moments(1, value, 0);
  }

  private List<Confidences.Told> afterAMinute() {
    now = now.plus(Duration.ofMinutes(1));
    return confidences.changed();
  }

  @Test
  void momentsAreThoseOfAllNumbersHoweverTheyAreDivided() {
    long seed = 11;
    Random random = new Random(seed);
    double[] numbers = random.doubles(1_000).toArray();
    Moments all = Moments.NONE;
    for (int from = 0; from < numbers.length; ) {
      int to = Math.min(numbers.length, from + 1 + random.nextInt(40));
      Moments part = Moments.NONE;
      for (double number : Arrays.copyOfRange(numbers, from, to)) {
        part = part.plus(one(number));
      }
      all = all.plus(part);
      from = to;
    }
    double mean = Arrays.stream(numbers).average().orElseThrow();
    double variance = Arrays.stream(numbers).map(n -> (n - mean) * (n - mean)).sum() / 999;
    assertThat(all.window().answers()).isEqualTo(1_000);
    assertThat(all.window().mean()).isCloseTo(mean, within(1e-12));
    assertThat(all.window().variance()).as("seed %d", seed).isCloseTo(variance, within(1e-12));
    assertThat(one(0.5).window()).isEqualTo(new Window(1, 0.5, 0));
  }

  @Test
  void theFirstAnswersAreComparedWithTheLastFullBuckets() {
    confidences.serves("films", "d");
    assertThat(confidences.changed()).isEmpty();
    answer(ConfidenceWindows.REFERENCE, 0.9);
    answer(ConfidenceWindows.BUCKET - 1, 0.7);
    assertThat(afterAMinute()).as("no bucket is full").isEmpty();
    answer(1, 0.7);
    Confidences.Told told = afterAMinute().getFirst();
    assertThat(told.task()).isEqualTo("films");
    assertThat(told.confidence().reference().answers()).isEqualTo(500);
    assertThat(told.confidence().reference().mean()).isCloseTo(0.9, within(1e-12));
    assertThat(told.confidence().latest().answers()).isEqualTo(250);
    answer(2 * ConfidenceWindows.BUCKET, 0.5);
    assertThat(confidences.changed()).as("once a minute").isEmpty();
    told = afterAMinute().getFirst();
    assertThat(told.confidence().latest().answers()).isEqualTo(500);
    assertThat(told.confidence().latest().mean()).isCloseTo(0.5, within(1e-12));
    assertThat(told.confidence().reference().mean()).isCloseTo(0.9, within(1e-12));
    assertThat(afterAMinute()).as("nothing was asked").isEmpty();
  }

  private void answer(int count, double probability) {
    for (int i = 0; i < count; i++) {
      confidences.answered("films", "d", one(probability));
    }
  }

  @Test
  void anotherVersionBeginsAnewAndTheSameDoesNot() {
    confidences.serves("films", "d");
    answer(750, 0.9);
    confidences.serves("films", "d");
    assertThat(afterAMinute()).hasSize(1);
    confidences.serves("films", "e");
    answer(1_000, 0.9); // of the one before, answered late
    assertThat(afterAMinute()).isEmpty();
    confidences.serves("films", "d");
    answer(750, 0.9);
    confidences.forget("films");
    assertThat(afterAMinute()).isEmpty();
    confidences.answered("unknown", "d", one(1));
    assertThat(afterAMinute()).isEmpty();
  }

  @Test
  void aClockThatIsSetBackSilencesNobody() {
    confidences.serves("films", "d");
    assertThat(afterAMinute()).isEmpty();
    answer(750, 0.9);
    now = now.minus(Duration.ofDays(1));
    assertThat(confidences.changed()).hasSize(1);
  }

  @Test
  void answersOfManyThreadsAreAllCounted() throws Exception {
    confidences.serves("films", "d");
    List<Future<?>> asking = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int thread = 0; thread < 4; thread++) {
        asking.add(threads.submit(() -> answer(5_125, 0.5)));
      }
      for (Future<?> each : asking) {
        each.get();
      }
    }
    Window latest = afterAMinute().getFirst().confidence().latest();
    assertThat(latest.answers()).isEqualTo(500); // of 20,500: the reference and eighty buckets
    answer(249, 0.5);
    assertThat(afterAMinute()).isEmpty();
    answer(1, 0.5);
    assertThat(afterAMinute()).as("none was lost").hasSize(1);
  }
}
