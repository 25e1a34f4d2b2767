package dev.diffstream.gateway.announcement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.gateway.InMemoryBackends;
import dev.diffstream.gateway.cache.DiskCache;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.registry.AliasTarget;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way back. */
final class PreviousVersionsTest {
  private final LoadingGateway gateway = new LoadingGateway();

  @AfterEach
  void close() {
    gateway.close();
  }

  private AnnouncementFollower servesVersion2() {
    AnnouncementFollower follower = gateway.start();
    gateway.announce("reviews", 1);
    gateway.settle(follower);
    gateway.announce("reviews", 2);
    gateway.settle(follower);
    return follower;
  }

  @Test
  void goingBackNeedsNoStoreAndNoLoad() {
    AnnouncementFollower follower = servesVersion2();
    PreparedDiff first = InMemoryBackends.at(follower.catalog().previous(), "reviews").prepared();
    gateway.storeIsAway = true;
    gateway.announce("reviews", 3, 1, LoadingGateway.target("reviews", 2));
    follower.step(Duration.ZERO);
    assertThat(gateway.loads).isEmpty();
    ServingCatalog catalog = follower.catalog();
    assertThat(InMemoryBackends.at(catalog.resident(), "reviews").version()).isEqualTo(1);
    assertThat(InMemoryBackends.at(catalog.resident(), "reviews").generation()).isEqualTo(3);
    assertThat(InMemoryBackends.at(catalog.resident(), "reviews").prepared()).isSameAs(first);
    assertThat(InMemoryBackends.at(catalog.previous(), "reviews").version()).isEqualTo(2);
    gateway.announce("reviews", 4, 2, LoadingGateway.target("reviews", 1)); // and forth again
    follower.step(Duration.ZERO);
    assertThat(InMemoryBackends.at(follower.catalog().resident(), "reviews").version())
        .isEqualTo(2);
    assertThat(gateway.model.inUse()).isEqualTo(2);
  }

  @Test
  void bothVersionsCanBeAsked() {
    ServingCatalog catalog = servesVersion2().catalog();
    assertThat(catalog.versions("reviews")).containsExactly(2L, 1L);
    assertThat(catalog.find("reviews").version()).isEqualTo(2);
    assertThat(catalog.find("reviews", "1").version()).isEqualTo(1);
    assertThat(catalog.find("reviews", "2").version()).isEqualTo(2);
    assertThatThrownBy(() -> catalog.find("reviews", "3"))
        .hasMessage("VERSION_UNKNOWN: task reviews is served in version 2 and 1, not 3");
  }

  @Test
  void whatIsNamedNoMoreIsFreed() {
    AnnouncementFollower follower = servesVersion2();
    PreparedDiff first = InMemoryBackends.at(follower.catalog().previous(), "reviews").prepared();
    gateway.announce("reviews", 3);
    gateway.settle(follower);
    assertThat(LoadingGateway.isFreed(first)).isTrue();
    assertThat(gateway.model.inUse()).isEqualTo(2);
    gateway.backends.withdraw("reviews", 4);
    gateway.settle(follower);
    assertThat(gateway.model.inUse()).isZero();
    assertThat(follower.catalog().previous()).isEmpty();
  }

  @Test
  void afterARestartItIsLoadedBehindTheChampions() {
    servesVersion2();
    AnnouncementFollower follower = gateway.start();
    follower.step(Duration.ZERO);
    gateway.loads.remove().run();
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().ready()).isTrue();
    assertThat(follower.catalog().previous()).isEmpty();
    gateway.settle(follower);
    assertThat(InMemoryBackends.at(follower.catalog().previous(), "reviews").version())
        .isEqualTo(1);
  }

  @Test
  void aPreviousVersionThatCannotBeLoadedIsNoFailureOfItsTask() {
    gateway.announce("reviews", 2); // version 1 was never stored
    AnnouncementFollower follower = gateway.start();
    ServingCatalog catalog = gateway.settle(follower);
    assertThat(catalog.resident()).containsOnlyKeys("reviews");
    assertThat(catalog.previous()).isEmpty();
    assertThat(catalog.failed()).isEmpty();
    assertThat(follower.quarantine().size()).isZero();
  }

  @Test
  void beyondTheirMemoryThoseKeptFirstAreLetGoAndComeBackFromTheCache(@TempDir Path directory) {
    gateway.model.bytesOfADiff = 100;
    gateway.previousBytes = 250;
    gateway.cache = DiskCache.open(directory, 1 << 20, () -> gateway.now);
    AnnouncementFollower follower = gateway.start();
    for (String task : new String[] {"a", "b", "c"}) {
      gateway.announce(task, 1);
      gateway.settle(follower);
      gateway.announce(task, 2);
      gateway.settle(follower);
    }
    assertThat(follower.catalog().previous()).containsOnlyKeys("b", "c");
    assertThat(gateway.model.inUse()).isEqualTo(5);
    gateway.storeIsAway = true;
    gateway.announce("a", 3, 1, LoadingGateway.target("a", 2));
    gateway.settle(follower);
    assertThat(InMemoryBackends.at(follower.catalog().resident(), "a").version()).isEqualTo(1);
  }

  @Test
  void withoutMemoryForThemNoneAreKept() {
    gateway.previousBytes = 0;
    AnnouncementFollower follower = servesVersion2();
    assertThat(follower.catalog().previous()).isEmpty();
    assertThat(gateway.model.inUse()).isEqualTo(1);
  }

  @Test
  void aTaskThatMovesToAnotherBaseIsLeftToOtherGateways() {
    AnnouncementFollower follower = servesVersion2();
    String other = Sha256.of("another base");
    AliasTarget third = new AliasTarget(3, Sha256.of("a diff of another base"), other);
    gateway.backends.announce("reviews", 3, Map.of("champion", third));
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().elsewhere()).containsEntry("reviews", other);
    assertThat(follower.catalog().tasks()).isEmpty();
    assertThat(gateway.model.inUse()).isZero();
    assertThat(gateway.backends.residency().getLast().state()).isEqualTo(State.WITHDRAWN);
    assertThat(follower.quarantine().size()).isZero();
    gateway.announce("reviews", 4);
    assertThat(gateway.settle(follower).elsewhere()).as("and back").isEmpty();
    assertThat(follower.catalog().find("reviews").version()).isEqualTo(4);
  }
}
