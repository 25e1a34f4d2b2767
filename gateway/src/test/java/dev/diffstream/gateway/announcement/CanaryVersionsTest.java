package dev.diffstream.gateway.announcement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.gateway.InMemoryBackends;
import dev.diffstream.gateway.cache.DiskCache;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.catalog.ServingCatalog.Canary;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.registry.AliasTarget;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A version that answers a share of the requests of its task's champion. */
final class CanaryVersionsTest {
  private final LoadingGateway gateway = new LoadingGateway();

  @AfterEach
  void close() {
    gateway.close();
  }

  private void announce(long generation, long champion, long canary, double weight) {
    store(champion);
    store(canary);
    Map<String, AliasTarget> aliases = new HashMap<>();
    aliases.put("champion", LoadingGateway.target("reviews", champion));
    AliasTarget target = LoadingGateway.target("reviews", canary);
    aliases.put("canary", new AliasTarget(canary, target.digest(), target.baseDigest(), weight));
    gateway.backends.announce("reviews", generation, aliases);
  }

  private void store(long version) {
    byte[] diff = LoadingGateway.diff("reviews", version);
    gateway.backends.store.put(key(version), diff, Map.of());
  }

  private static String key(long version) {
    return ObjectKeys.diff(LoadingGateway.target("reviews", version).digest());
  }

  private static Canary canary(ServingCatalog catalog) {
    return InMemoryBackends.at(catalog.canary(), "reviews");
  }

  private static ResidentDiff champion(ServingCatalog catalog) {
    return InMemoryBackends.at(catalog.resident(), "reviews");
  }

  @Test
  void itIsLoadedBesideTheChampionBeforeTheGatewayIsReady() {
    announce(1, 1, 2, 0.1);
    AnnouncementFollower follower = gateway.start();
    ServingCatalog catalog = gateway.settle(follower);
    assertThat(catalog.ready()).isTrue();
    assertThat(champion(catalog).version()).isEqualTo(1);
    assertThat(canary(catalog).diff().version()).isEqualTo(2);
    assertThat(canary(catalog).diff().servedAs().alias()).isEqualTo("canary");
    assertThat(canary(catalog).weight()).isEqualTo(0.1);
    assertThat(catalog.versions("reviews")).containsExactly(1L, 2L);
    assertThat(gateway.model.inUse()).isEqualTo(2);
  }

  @Test
  void anotherShareAndThePromotionOfACanaryNeedNoLoad() {
    announce(1, 1, 2, 0.1);
    AnnouncementFollower follower = gateway.start();
    PreparedDiff prepared = canary(gateway.settle(follower)).diff().prepared();
    gateway.storeIsAway = true;
    announce(2, 1, 2, 0.5);
    follower.step(Duration.ZERO);
    assertThat(gateway.loads).isEmpty();
    assertThat(canary(follower.catalog()).weight()).isEqualTo(0.5);
    gateway.announce("reviews", 3, 2, LoadingGateway.target("reviews", 1)); // promoted
    follower.step(Duration.ZERO);
    assertThat(gateway.loads).isEmpty();
    assertThat(follower.catalog().canary()).isEmpty();
    assertThat(champion(follower.catalog()).prepared()).isSameAs(prepared);
    assertThat(champion(follower.catalog()).servedAs().alias()).isEqualTo("champion");
    assertThat(InMemoryBackends.at(follower.catalog().previous(), "reviews").version())
        .isEqualTo(1);
    assertThat(gateway.model.inUse()).isEqualTo(2);
  }

  @Test
  void aCanaryThatIsTakenBackIsFreed() {
    announce(1, 1, 2, 0.1);
    AnnouncementFollower follower = gateway.start();
    PreparedDiff prepared = canary(gateway.settle(follower)).diff().prepared();
    gateway.backends.announce(
        "reviews", 2, Map.of("champion", LoadingGateway.target("reviews", 1)));
    gateway.settle(follower);
    assertThat(follower.catalog().canary()).isEmpty();
    assertThat(LoadingGateway.isFreed(prepared)).isTrue();
    announce(3, 1, 2, 0.1);
    gateway.settle(follower);
    gateway.backends.withdraw("reviews", 4);
    gateway.settle(follower);
    assertThat(gateway.model.inUse()).isZero();
  }

  @Test
  void oneThatCannotBeLoadedLeavesItsShareToTheChampionUntilItIsRepaired() {
    announce(1, 1, 2, 0.5);
    gateway.backends.store.put(key(2), new byte[] {1}, Map.of());
    AnnouncementFollower follower = gateway.start();
    ServingCatalog catalog = gateway.settle(follower);
    assertThat(catalog.ready()).isTrue();
    assertThat(champion(catalog).version()).isEqualTo(1);
    assertThat(catalog.canary()).isEmpty();
    assertThat(catalog.failed()).isEmpty();
    assertThat(follower.quarantine().find("canaries/reviews").orElseThrow().code())
        .isEqualTo(ErrorCode.DIGEST_MISMATCH);
    GatewayResidency reported = gateway.backends.residency().getLast();
    assertThat(reported.state()).isEqualTo(State.LOADED);
    assertThat(reported.version()).isEqualTo(1);
    assertThat(reported.errorCode()).isEqualTo(FailureCode.of(ErrorCode.DIGEST_MISMATCH));
    assertThat(reported.message()).startsWith("canary version 2 is not loaded: ");
    store(2);
    gateway.pause(Duration.ofSeconds(10));
    catalog = gateway.settle(follower);
    assertThat(canary(catalog).diff().version()).isEqualTo(2);
    assertThat(follower.quarantine().size()).isZero();
    assertThat(gateway.backends.residency().getLast().errorCode()).isNull();
  }

  @Test
  void oneThatWasOvertakenWhileItWasLoadedIsFreed() {
    announce(1, 1, 2, 0.5);
    AnnouncementFollower follower = gateway.start();
    follower.step(Duration.ZERO);
    gateway.loads.remove().run(); // the champion
    follower.step(Duration.ZERO);
    assertThat(gateway.loads).as("the canary's load").hasSize(1);
    gateway.backends.announce(
        "reviews", 2, Map.of("champion", LoadingGateway.target("reviews", 1)));
    follower.step(Duration.ZERO);
    gateway.settle(follower);
    assertThat(follower.catalog().canary()).isEmpty();
    assertThat(gateway.model.inUse()).isEqualTo(1);
  }

  @Test
  void oneThatFailsItsProbesAfterARestartIsTakenOut(@TempDir Path directory) {
    gateway.cache = DiskCache.open(directory, 1 << 20, () -> gateway.now);
    announce(1, 1, 2, 0.5);
    gateway.settle(gateway.start());
    gateway.failing.add(LoadingGateway.target("reviews", 2).digest());
    AnnouncementFollower follower = gateway.start();
    ServingCatalog catalog = gateway.settle(follower);
    assertThat(catalog.canary()).isEmpty();
    assertThat(champion(catalog).version()).isEqualTo(1);
    assertThat(follower.quarantine().find("canaries/reviews").orElseThrow().code())
        .isEqualTo(ErrorCode.SELF_TEST_FAILED);
  }
}
