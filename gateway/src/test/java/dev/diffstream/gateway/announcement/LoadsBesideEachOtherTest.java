package dev.diffstream.gateway.announcement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.gateway.InMemoryBackends;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.schemas.event.GatewayResidency;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Loads that end in any order; the test is the executor, so that each order is one it chose. */
final class LoadsBesideEachOtherTest {
  private final LoadingGateway gateway = new LoadingGateway();
  private final AnnouncementFollower follower = gateway.start();

  @AfterEach
  void close() {
    follower.close();
    gateway.close();
  }

  private long version(String task) {
    return InMemoryBackends.at(follower.catalog().resident(), task).version();
  }

  private void step() {
    follower.step(Duration.ZERO);
  }

  /** Announces a version of reviews; its load has begun and ends when it is run. */
  private Runnable beginLoading(long version) {
    gateway.announce("reviews", version);
    step();
    return gateway.loads.remove();
  }

  @Test
  void aSlowLoadHoldsNoOtherTaskUp() {
    gateway.settle(follower);
    gateway.announce("slow", 1);
    step();
    Runnable slow = gateway.loads.remove();
    gateway.announce("reviews", 1);
    gateway.announce("songs", 1);
    gateway.settle(follower);
    assertThat(follower.catalog().resident()).containsOnlyKeys("reviews", "songs");
    assertThat(follower.catalog().loading()).containsExactly("slow");
    gateway.announce("reviews", 2);
    gateway.settle(follower);
    assertThat(version("reviews")).isEqualTo(2);
    slow.run();
    step();
    assertThat(follower.catalog().resident()).containsOnlyKeys("reviews", "slow", "songs");
  }

  @Test
  void whileOneIsLoadedAGatewayIsNotReady() {
    gateway.announce("reviews", 1);
    gateway.announce("songs", 1);
    step();
    assertThat(gateway.loads).hasSize(2);
    gateway.loads.remove().run();
    step();
    assertThat(follower.catalog().resident()).hasSize(1);
    assertThat(follower.catalog().ready()).isFalse();
    gateway.loads.remove().run();
    step();
    assertThat(follower.catalog().ready()).isTrue();
  }

  @Test
  void ofATaskOneGenerationIsLoadedAtATimeAndTheNewestServesAtTheEnd() {
    gateway.settle(follower);
    Runnable first = beginLoading(1);
    gateway.announce("reviews", 2);
    gateway.announce("reviews", 3);
    step();
    assertThat(gateway.loads).as("not beside an older one").isEmpty();
    first.run();
    step();
    assertThat(version("reviews")).as("better than nothing").isEqualTo(1);
    gateway.settle(follower);
    assertThat(version("reviews")).isEqualTo(3);
    assertThat(gateway.backends.residency())
        .extracting(GatewayResidency::generation)
        .containsExactly(1L, 3L);
    assertThat(gateway.model.inUse()).isEqualTo(2);
  }

  @Test
  void aWithdrawalDoesNotWaitForALoadAndIsNotUndoneByIt() {
    gateway.settle(follower);
    Runnable slow = beginLoading(1);
    gateway.backends.withdraw("reviews", 2);
    step();
    assertThat(follower.catalog().tasks()).isEmpty();
    slow.run();
    gateway.settle(follower);
    assertThat(follower.catalog().tasks()).isEmpty();
    assertThat(gateway.model.inUse()).isZero();
  }

  @Test
  void goingBackDoesNotWaitForALoadAndIsNotUndoneByIt() {
    gateway.announce("reviews", 1);
    gateway.settle(follower);
    Runnable slow = beginLoading(2);
    gateway.announce("reviews", 3, 1, LoadingGateway.target("reviews", 2));
    step();
    assertThat(InMemoryBackends.at(follower.catalog().resident(), "reviews").generation())
        .isEqualTo(3);
    slow.run();
    ServingCatalog catalog = gateway.settle(follower);
    assertThat(version("reviews")).isEqualTo(1);
    assertThat(InMemoryBackends.at(catalog.previous(), "reviews").version()).isEqualTo(2);
    assertThat(gateway.model.inUse()).isEqualTo(2);
  }

  /** Generation 2 is still being loaded when 3 serves, and 4 waits for the end of that. */
  @Test
  void aLoadThatEndsBetweenTwoNewerGenerationsUndoesNeither() {
    gateway.announce("reviews", 1);
    gateway.settle(follower);
    Runnable slow = beginLoading(2);
    gateway.announce("reviews", 3, 1, LoadingGateway.target("reviews", 2));
    step();
    gateway.announce("reviews", 4, 4, LoadingGateway.target("reviews", 1));
    step();
    slow.run();
    step();
    assertThat(InMemoryBackends.at(follower.catalog().resident(), "reviews").generation())
        .isEqualTo(3);
    assertThat(version("reviews")).isEqualTo(1);
    gateway.settle(follower);
    assertThat(version("reviews")).isEqualTo(4);
    assertThat(gateway.model.inUse()).isEqualTo(2);
  }

  @Test
  void aLoadThatEndsBetweenAWithdrawalAndANewerGenerationDoesNotServe() {
    gateway.settle(follower);
    Runnable slow = beginLoading(1);
    gateway.backends.withdraw("reviews", 2);
    step();
    gateway.announce("reviews", 3);
    step();
    slow.run();
    step();
    assertThat(follower.catalog().resident()).isEmpty();
    gateway.settle(follower);
    assertThat(version("reviews")).isEqualTo(3);
  }

  @Test
  void aFailureThatWasOvertakenIsNotTold() {
    gateway.settle(follower);
    Runnable first = beginLoading(1);
    gateway.announce("reviews", 2);
    step();
    gateway.storeIsAway = true;
    first.run();
    gateway.storeIsAway = false;
    gateway.settle(follower);
    assertThat(version("reviews")).isEqualTo(2);
    assertThat(follower.catalog().failed()).isEmpty();
    assertThat(gateway.backends.residency())
        .extracting(GatewayResidency::generation)
        .containsExactly(2L);
  }

  @Test
  void anErrorOfALoadEndsTheStep() {
    Background background = new Background(Runnable::run);
    background.start(
        () -> {
          throw new OutOfMemoryError("of the test");
        },
        never -> {});
    assertThatThrownBy(() -> background.apply(Duration.ZERO)).isInstanceOf(OutOfMemoryError.class);
    assertThat(background.isIdle()).isTrue();
  }
}
