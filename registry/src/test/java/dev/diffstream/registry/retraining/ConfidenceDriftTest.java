package dev.diffstream.registry.retraining;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.registry.fleet.Fleet;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.correction.Retraining.Condition;
import dev.diffstream.schemas.event.GatewayResidency.Confidence;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.event.GatewayResidency.Window;
import dev.diffstream.schemas.event.GatewayResidencyBuilder;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How far a champion's confidence has moved, by the words of gateways. */
class ConfidenceDriftTest {
  private static final String CHAMPION = Sha256.of("champion");

  private final Fleet fleet = new Fleet();
  private Instant now = Instant.EPOCH;

  private void say(String gateway, String digest, Window reference, Window latest) {
    now = now.plusSeconds(1);
    fleet.onResidency(
        GatewayResidencyBuilder.builder()
            .gatewayId(gateway)
            .incarnation("a")
            .taskId("songs")
            .generation(1)
            .version(1)
            .digest(digest)
            .state(State.LOADED)
            .confidence(new Confidence(reference, latest))
            .build(),
        now);
  }

  private Condition condition() {
    return ConfidenceDrift.of(fleet.of("songs"), CHAMPION).condition(4);
  }

  @Test
  void theDifferenceIsMeasuredInItsStandardErrors() {
    say("g-1", CHAMPION, new Window(500, 0.9, 0.01), new Window(500, 0.8, 0.04));
    assertThat(condition().value()).isCloseTo(-10, within(1e-9)); // -0.1 / sqrt(0.05 / 500)
    assertThat(condition().met()).isTrue();
    assertThat(condition().says()).contains("0.8000").contains("0.9000").contains("-10.00");
    say("g-1", CHAMPION, new Window(500, 0.8, 0.04), new Window(500, 0.9, 0.01));
    assertThat(condition().met()).as("more sure is a change too").isTrue();
    say("g-1", CHAMPION, new Window(500, 0.8, 0.04), new Window(500, 0.83, 0.04));
    assertThat(condition().value()).isCloseTo(2.37, within(0.01));
    assertThat(condition().met()).isFalse();
  }

  @Test
  void nobodyHasSaidAnything() {
    assertThat(ConfidenceDrift.of(fleet.of("songs"), null).condition(4).met()).isFalse();
    assertThat(condition().value()).isNull();
    assertThat(condition().says()).contains("0 first and 0 latest answers");
  }

  /** As if one gateway had given all answers. */
  @Test
  void gatewaysAreTakenTogether() {
    say("g-1", CHAMPION, new Window(100, 0.9, 0.01), new Window(150, 0.85, 0.02));
    assertThat(condition().value()).as("too few").isNull();
    assertThat(condition().met()).isFalse();
    assertThat(condition().says()).contains("100 first and 150 latest answers");
    say("g-2", CHAMPION, new Window(300, 0.7, 0.03), new Window(50, 0.45, 0.01));
    // reference: 400, mean 0.75, squares 0.99 + 8.97 + 0.04 * 75 = 12.96
    // latest: 200, mean 0.75, squares 2.98 + 0.49 + 0.16 * 37.5 = 9.47
    assertThat(condition().value()).isCloseTo(0, within(1e-9));
    say("g-2", CHAMPION, new Window(300, 0.7, 0.03), new Window(50, 0.85, 0.02));
    // latest: 200, mean 0.85, squares 2.98 + 0.98 = 3.96
    double error = Math.sqrt(12.96 / 399 / 400 + 3.96 / 199 / 200);
    assertThat(Objects.requireNonNull(condition().value())).isCloseTo(0.1 / error, within(1e-9));
  }

  @ParameterizedTest
  @CsvSource({
    "another, 500, 0.5, 0.01",
    "champion, 100, 0.5, 0.01",
    "champion, -500, 0.5, 0.01",
    "champion, 9223372036854775807, 0.5, 0.01",
    "champion, 500, 1.5, 0.01",
    "champion, 500, 0.5, -1",
    "champion, 500, 0.5, 1e300",
    "champion, 500, NaN, 0.01",
  })
  void whatIsOfAnotherVersionOrCannotBeSaysNothing(
      String digest, long answers, double mean, double variance) {
    String of = digest.equals("champion") ? CHAMPION : digest;
    say("g-1", of, new Window(500, 0.9, 0.01), new Window(answers, mean, variance));
    assertThat(condition().value()).isNull();
    assertThat(condition().met()).isFalse();
  }

  /** JSON has no infinite numbers. */
  @Test
  void answersThatAreAllAlikeGiveANumber() {
    say("g-1", CHAMPION, new Window(500, 1, 0), new Window(500, 1, 0));
    assertThat(condition().value()).isEqualTo(0);
    say("g-1", CHAMPION, new Window(500, 1, 0), new Window(500, 0.5, 0));
    assertThat(Objects.requireNonNull(condition().value())).isFinite().isLessThan(-1_000);
  }
}
