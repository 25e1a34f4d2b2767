package dev.diffstream.gateway.announcement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.diffstream.gateway.InMemoryBackends;
import dev.diffstream.gateway.cache.DiffCache;
import dev.diffstream.gateway.cache.DiskCache;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.service.Quarantine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that starts again, with what its cache holds. */
final class CachedStartTest {
  private final LoadingGateway gateway = new LoadingGateway();
  @TempDir private Path directory;

  @BeforeEach
  void openCache() {
    gateway.cache = open();
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  private DiffCache open() {
    return DiskCache.open(directory, 1 << 20, () -> gateway.now);
  }

  /** The process before served these tasks in version 1. */
  private void served(String... tasks) {
    for (String task : tasks) {
      gateway.announce(task, 1);
    }
    assertThat(gateway.settle(gateway.start()).resident()).containsOnlyKeys(tasks);
    gateway.cache = open();
  }

  @Test
  void withTheStoreAwayItServesWhatItServed() {
    served("reviews", "songs");
    gateway.announce("news", 1);
    gateway.storeIsAway = true;
    AnnouncementFollower follower = gateway.start();
    ServingCatalog catalog = gateway.settle(follower);
    assertThat(catalog.ready()).isTrue();
    assertThat(catalog.resident()).containsOnlyKeys("reviews", "songs");
    assertThat(follower.quarantine().entries(9))
        .extracting(Quarantine.Entry::key, Quarantine.Entry::code)
        .containsExactly(tuple("tasks/news", ErrorCode.OVERLOADED));
    gateway.storeIsAway = false;
    gateway.pause(Duration.ofSeconds(1));
    assertThat(gateway.settle(follower).resident()).containsOnlyKeys("news", "reviews", "songs");
    assertThat(follower.quarantine().size()).isZero();
  }

  @Test
  void withTheStoreAwayAndNothingInTheCacheItIsNotReady() {
    gateway.announce("news", 1);
    gateway.storeIsAway = true;
    assertThat(gateway.settle(gateway.start()).ready()).isFalse();
  }

  @Test
  void aDamagedFileIsFetchedAnewAndHoldsUpNoOther() throws IOException {
    served("reviews", "songs");
    Path file = directory.resolve(Sha256.of(LoadingGateway.diff("songs", 1)));
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 4;
    Files.write(file, bytes);
    gateway.storeIsAway = true;
    AnnouncementFollower follower = gateway.start();
    ServingCatalog catalog = gateway.settle(follower);
    assertThat(catalog.ready()).isTrue();
    assertThat(catalog.resident()).containsOnlyKeys("reviews");
    assertThat(gateway.cache.counts().damaged().sum()).isEqualTo(1);
    gateway.storeIsAway = false;
    gateway.pause(Duration.ofSeconds(1));
    assertThat(gateway.settle(follower).resident()).containsOnlyKeys("reviews", "songs");
    assertThat(Files.readAllBytes(file)).isEqualTo(LoadingGateway.diff("songs", 1));
  }

  @Test
  void aCachedDiffIsSignedByATrustedKeyToo() {
    SigningKey trusted = SigningKey.generate();
    gateway.trustedKeys = new TrustedKeys(List.of(trusted.verificationKey()));
    String digest = Sha256.of(LoadingGateway.diff("reviews", 1));
    gateway.backends.store.put(
        ObjectKeys.signature(digest, trusted.verificationKey().id()),
        trusted.sign(digest),
        Map.of());
    served("reviews");
    gateway.storeIsAway = true;
    assertThat(gateway.settle(gateway.start()).resident()).containsOnlyKeys("reviews");

    gateway.trustedKeys = new TrustedKeys(List.of(SigningKey.generate().verificationKey()));
    assertThat(gateway.settle(gateway.start()).resident()).isEmpty();
    gateway.storeIsAway = false;
    ServingCatalog catalog = gateway.settle(gateway.start());
    assertThat(catalog.resident()).isEmpty();
    assertThat(InMemoryBackends.at(catalog.failed(), "reviews").code())
        .isEqualTo(ErrorCode.SIGNATURE_INVALID);
  }

  @Test
  void aDamagedSignatureIsFetchedAnew() throws IOException {
    SigningKey trusted = SigningKey.generate();
    gateway.trustedKeys = new TrustedKeys(List.of(trusted.verificationKey()));
    String digest = Sha256.of(LoadingGateway.diff("reviews", 1));
    String key = ObjectKeys.signature(digest, trusted.verificationKey().id());
    gateway.backends.store.put(key, trusted.sign(digest), Map.of());
    served("reviews");
    Path file = directory.resolve(key.substring(key.lastIndexOf('/') + 1));
    Files.write(file, new byte[] {'{'});
    assertThat(gateway.settle(gateway.start()).resident()).containsOnlyKeys("reviews");
    assertThat(Files.readAllBytes(file))
        .isEqualTo(gateway.backends.store.get(key, 1 << 20).orElseThrow());
  }

  @Test
  void probesThatPassedAreReplayedWhenItIsReady() {
    served("reviews", "songs");
    assertThat(gateway.selfTests).isEqualTo(2);
    AnnouncementFollower follower = gateway.start();
    follower.step(Duration.ZERO);
    while (!follower.catalog().ready()) {
      gateway.loads.remove().run();
      follower.step(Duration.ZERO);
    }
    assertThat(gateway.selfTests).as("before it is ready").isEqualTo(2);
    assertThat(follower.catalog().resident()).containsOnlyKeys("reviews", "songs");
    gateway.settle(follower);
    assertThat(gateway.selfTests).isEqualTo(4);
    assertThat(follower.catalog().resident()).containsOnlyKeys("reviews", "songs");
    assertThat(follower.catalog().failed()).isEmpty();
  }

  @Test
  void anotherBuildTestsFirst() {
    served("reviews");
    gateway.fingerprint = "build 2";
    gateway.failing.add(Sha256.of(LoadingGateway.diff("reviews", 1)));
    ServingCatalog catalog = gateway.settle(gateway.start());
    assertThat(catalog.resident()).isEmpty();
    assertThat(InMemoryBackends.at(catalog.failed(), "reviews").code())
        .isEqualTo(ErrorCode.SELF_TEST_FAILED);
  }

  @Test
  void aReplayThatFailsTakesTheDiffOut() {
    served("reviews", "songs");
    gateway.failing.add(Sha256.of(LoadingGateway.diff("reviews", 1)));
    AnnouncementFollower follower = gateway.start();
    ServingCatalog catalog = gateway.settle(follower);
    assertThat(catalog.ready()).isTrue();
    assertThat(catalog.resident()).containsOnlyKeys("songs");
    assertThat(InMemoryBackends.at(catalog.failed(), "reviews").code())
        .isEqualTo(ErrorCode.SELF_TEST_FAILED);
    assertThat(follower.quarantine().contains("tasks/reviews")).isTrue();
    assertThat(gateway.backends.residency())
        .filteredOn(r -> r.taskId().equals("reviews"))
        .last()
        .extracting(GatewayResidency::state)
        .isEqualTo(State.FAILED);
    assertThat(gateway.model.inUse()).as("two processes hold songs, one reviews").isEqualTo(3);
    gateway.failing.clear();
    gateway.pause(Duration.ofSeconds(10));
    assertThat(gateway.settle(follower).resident()).containsOnlyKeys("reviews", "songs");
  }

  @Test
  void aReplayThatFailsLetsThePreviousVersionStandIn() {
    gateway.announce("reviews", 1);
    AnnouncementFollower first = gateway.start();
    gateway.settle(first);
    String champion = gateway.announce("reviews", 2);
    gateway.settle(first);
    gateway.cache = open();
    gateway.failing.add(champion);
    ServingCatalog catalog = gateway.settle(gateway.start());
    assertThat(InMemoryBackends.at(catalog.resident(), "reviews").version()).isEqualTo(1);
    assertThat(InMemoryBackends.at(catalog.resident(), "reviews").servedAs().championFailure())
        .isEqualTo(ErrorCode.SELF_TEST_FAILED);
    assertThat(InMemoryBackends.at(catalog.failed(), "reviews").version()).isEqualTo(2);
  }

  /**
   * What is put back after a failed replay is the newest generation, not the one that loaded it.
   */
  @Test
  void aReplayThatFailsDoesNotBringAnOlderGenerationBack() {
    served("reviews");
    AnnouncementFollower follower = gateway.start();
    follower.step(Duration.ZERO);
    gateway.loads.remove().run();
    gateway.announce("reviews", 7, 1, LoadingGateway.target("reviews", 2));
    follower.step(Duration.ZERO);
    follower.step(Duration.ZERO);
    assertThat(InMemoryBackends.at(follower.catalog().resident(), "reviews").generation())
        .isEqualTo(7);
    gateway.failing.add(Sha256.of(LoadingGateway.diff("reviews", 1)));
    assertThat(gateway.settle(follower).resident()).isEmpty();
    gateway.failing.clear();
    gateway.pause(Duration.ofSeconds(10));
    gateway.settle(follower);
    assertThat(InMemoryBackends.at(follower.catalog().resident(), "reviews").generation())
        .isEqualTo(7);
  }

  /** Nobody is told that there is no such task. */
  @Test
  void aReplayThatFailsWhileANewerVersionIsLoadedLeavesTheTaskKnown() {
    served("reviews");
    AnnouncementFollower follower = gateway.start();
    follower.step(Duration.ZERO);
    gateway.loads.remove().run();
    follower.step(Duration.ZERO);
    gateway.failing.add(Sha256.of(LoadingGateway.diff("reviews", 1)));
    gateway.announce("reviews", 2);
    follower.step(Duration.ZERO);
    gateway.loads.remove().run(); // the replay
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().resident()).isEmpty();
    assertThat(InMemoryBackends.at(follower.catalog().failed(), "reviews").code())
        .isEqualTo(ErrorCode.SELF_TEST_FAILED);
    gateway.settle(follower);
    assertThat(InMemoryBackends.at(follower.catalog().resident(), "reviews").version())
        .isEqualTo(2);
    assertThat(follower.catalog().failed()).isEmpty();
  }

  @Test
  void theBoundHoldsWithoutWhatIsResident() {
    served("reviews");
    gateway.cache = DiskCache.open(directory, 1, () -> gateway.now);
    AnnouncementFollower follower = gateway.start();
    gateway.settle(follower);
    String second = gateway.announce("reviews", 2);
    gateway.settle(follower);
    String third = gateway.announce("reviews", 3);
    gateway.settle(follower);
    assertThat(gateway.cache.contains(third)).isTrue();
    assertThat(gateway.cache.contains(second)).as("it is kept as previous version").isTrue();
    assertThat(gateway.cache.contains(Sha256.of(LoadingGateway.diff("reviews", 1)))).isFalse();
    assertThat(gateway.cache.counts().evictions().sum()).isEqualTo(1);
  }
}
