package dev.diffstream.gateway.announcement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.gateway.InMemoryBackends;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.State;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A version that passed its self-test and answers badly is reported in residency. */
final class UnhealthyVersionTest {
  private final LoadingGateway gateway = new LoadingGateway();

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void aChampionThatAnswersBadlyIsReportedWithItsHealth() {
    gateway.announce("reviews", 1);
    AnnouncementFollower follower = gateway.start();
    ResidentDiff diff = InMemoryBackends.at(gateway.settle(follower).resident(), "reviews");
    gateway.health.answered(diff, 20, 6);
    follower.step(Duration.ZERO);
    GatewayResidency told = gateway.backends.residency().getLast();
    assertThat(told.state()).isEqualTo(State.LOADED);
    assertThat(told.generation()).isEqualTo(1);
    assertThat(told.version()).isEqualTo(1);
    assertThat(told.errorCode()).isEqualTo(FailureCode.of(ErrorCode.SELF_TEST_FAILED));
    assertThat(told.message()).isEqualTo("champion version 1 gave no answer to 6 of 20 examples");
    GatewayResidency.Health health = Objects.requireNonNull(told.health());
    assertThat(health.requests()).isEqualTo(20);
    assertThat(health.failures()).isEqualTo(6);
  }

  @Test
  void whatDoesNotServeAnyMoreIsNotReported() {
    gateway.announce("reviews", 1);
    AnnouncementFollower follower = gateway.start();
    ResidentDiff diff = InMemoryBackends.at(gateway.settle(follower).resident(), "reviews");
    gateway.announce("reviews", 2);
    gateway.settle(follower);
    gateway.health.answered(diff, 20, 6);
    follower.step(Duration.ZERO);
    assertThat(gateway.backends.residency()).allMatch(word -> word.health() == null);
  }
}
