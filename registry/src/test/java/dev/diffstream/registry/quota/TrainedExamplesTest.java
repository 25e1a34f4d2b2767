package dev.diffstream.registry.quota;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against a sum over all that was said. */
class TrainedExamplesTest {
  private static final long SEED = 20261201;
  private static final Duration WINDOW = Duration.ofHours(1);
  private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
  private static final int MOST = 100;

  private record Said(String owner, String run, int rows, Instant time) {}

  private final Random random = new Random(SEED);
  private final List<Said> said = new ArrayList<>();

  private long rowsIn(String owner, Instant now) {
    Map<String, Said> earliest = new HashMap<>();
    said.stream()
        .filter(one -> one.owner().equals(owner))
        .forEach(
            one -> earliest.merge(one.run(), one, (a, b) -> b.time().isBefore(a.time()) ? b : a));
    return earliest.values().stream()
        .filter(one -> one.time().isAfter(now.minus(WINDOW)))
        .mapToLong(Said::rows)
        .sum();
  }

  @Test
  void anOwnerIsFreeWhenTheWindowHoldsFewerRowsInWhicheverOrderTheyAreRead() {
    System.out.println("seed " + SEED);
    for (int round = 0; round < 200; round++) {
      said.clear();
      for (int i = 0; i < 40; i++) {
        said.add(
            new Said(
                random.nextBoolean() ? "a" : "",
                "run-" + random.nextInt(25),
                random.nextInt(50),
                START.plusSeconds(random.nextInt(3_600))));
      }
      // what is said twice of an attempt is of one owner and says the same rows
      Map<String, Said> first = new HashMap<>();
      said.replaceAll(
          one -> {
            Said known = first.computeIfAbsent(one.run(), run -> one);
            return new Said(known.owner(), one.run(), known.rows(), one.time());
          });
      TrainedExamples once = read(said);
      List<Said> shuffled = new ArrayList<>(said);
      Collections.shuffle(shuffled, random);
      TrainedExamples again = read(shuffled);
      for (String owner : List.of("a", "")) {
        assertThat(again.freeAt(owner)).isEqualTo(once.freeAt(owner));
        // from the last one on
        for (Instant now = START.plus(WINDOW);
            now.isBefore(START.plus(WINDOW.multipliedBy(2)));
            now = now.plusSeconds(97)) {
          Instant at = now;
          boolean free = once.freeAt(owner).map(freeAt -> !at.isBefore(freeAt)).orElse(true);
          assertThat(free)
              .as("owner %s at %s of %s", owner, now, said)
              .isEqualTo(rowsIn(owner, now) < MOST);
        }
      }
    }
  }

  private static TrainedExamples read(List<Said> said) {
    TrainedExamples examples = new TrainedExamples(MOST, WINDOW);
    said.forEach(one -> examples.add(one.owner(), one.run(), 1, one.rows(), one.time()));
    return examples;
  }

  @Test
  void anOwnerOfWhomNothingIsKnownIsFree() {
    assertThat(new TrainedExamples(1, WINDOW).freeAt("nobody")).isEmpty();
  }
}
