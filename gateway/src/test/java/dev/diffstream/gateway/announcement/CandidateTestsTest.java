package dev.diffstream.gateway.announcement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.gateway.InMemoryBackends;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.Candidate;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.registry.AliasTarget;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A version that is tested and serves nobody. */
final class CandidateTestsTest {
  private final LoadingGateway gateway = new LoadingGateway();

  @AfterEach
  void close() {
    gateway.close();
  }

  private void store(long version) {
    byte[] diff = LoadingGateway.diff("reviews", version);
    gateway.backends.store.put(
        ObjectKeys.diff(LoadingGateway.target("reviews", version).digest()), diff, Map.of());
  }

  private void announce(long generation, long champion, long candidate) {
    Map<String, AliasTarget> aliases = new HashMap<>();
    if (champion > 0) {
      store(champion);
      aliases.put("champion", LoadingGateway.target("reviews", champion));
    }
    aliases.put("candidate", LoadingGateway.target("reviews", candidate));
    gateway.backends.announce("reviews", generation, aliases);
  }

  private GatewayResidency word() {
    return gateway.backends.residency().getLast();
  }

  private Candidate candidate() {
    return Objects.requireNonNull(word().candidate());
  }

  @Test
  void oneThatPassesIsReportedAndServesNobody() {
    store(2);
    announce(1, 1, 2);
    AnnouncementFollower follower = gateway.start();
    ServingCatalog catalog = gateway.settle(follower);
    assertThat(InMemoryBackends.at(catalog.resident(), "reviews").version()).isEqualTo(1);
    assertThat(catalog.versions("reviews")).containsExactly(1L);
    gateway.settle(follower);
    assertThat(word().state()).isEqualTo(State.LOADED);
    assertThat(word().version()).isEqualTo(1);
    assertThat(word().generation()).isEqualTo(1);
    assertThat(candidate().version()).isEqualTo(2);
    assertThat(candidate().digest()).isEqualTo(LoadingGateway.target("reviews", 2).digest());
    assertThat(candidate().errorCode()).isNull();
    assertThat(gateway.model.inUse()).isEqualTo(1);
    gateway.announce("reviews", 2, 2, LoadingGateway.target("reviews", 1)); // promoted
    catalog = gateway.settle(follower);
    assertThat(InMemoryBackends.at(catalog.resident(), "reviews").version()).isEqualTo(2);
  }

  @Test
  void theFirstVersionOfATaskIsTestedToo() {
    store(1);
    announce(1, 0, 1);
    AnnouncementFollower follower = gateway.start();
    gateway.settle(follower);
    gateway.settle(follower);
    assertThat(follower.catalog().resident()).isEmpty();
    assertThat(word().state()).isEqualTo(State.WITHDRAWN);
    assertThat(candidate().version()).isEqualTo(1);
    assertThat(candidate().errorCode()).isNull();
  }

  @Test
  void oneThatFailsIsReportedWithItsReason() {
    store(2);
    announce(1, 1, 2);
    gateway.failing.add(LoadingGateway.target("reviews", 2).digest());
    AnnouncementFollower follower = gateway.start();
    gateway.settle(follower);
    gateway.settle(follower);
    assertThat(word().state()).isEqualTo(State.LOADED);
    assertThat(word().errorCode()).as("the champion serves").isNull();
    assertThat(candidate().errorCode()).isEqualTo(FailureCode.of(ErrorCode.SELF_TEST_FAILED));
    assertThat(candidate().message()).isNotBlank();
    assertThat(gateway.model.inUse()).isEqualTo(1);
  }

  @Test
  void aStoreThatIsAwaySaysNothingOfIt() {
    store(1);
    store(2);
    gateway.backends.announce(
        "reviews", 1, Map.of("champion", LoadingGateway.target("reviews", 1)));
    AnnouncementFollower follower = gateway.start();
    gateway.settle(follower);
    gateway.storeIsAway = true;
    announce(2, 1, 2);
    gateway.settle(follower);
    gateway.settle(follower);
    assertThat(word().generation()).isEqualTo(2);
    assertThat(word().candidate()).isNull();
    assertThat(follower.quarantine().find("candidates/reviews")).isPresent();
    gateway.storeIsAway = false;
    gateway.pause(Duration.ofSeconds(30));
    gateway.settle(follower);
    assertThat(candidate().errorCode()).isNull();
    assertThat(follower.quarantine().size()).isZero();
  }

  @Test
  void oneOfAnotherBaseIsOthers() {
    store(1);
    AliasTarget other = new AliasTarget(2, Sha256.of("diff"), Sha256.of("another base"));
    gateway.backends.announce(
        "reviews", 1, Map.of("champion", LoadingGateway.target("reviews", 1), "candidate", other));
    AnnouncementFollower follower = gateway.start();
    gateway.settle(follower);
    gateway.settle(follower);
    assertThat(word().candidate()).isNull();
    assertThat(follower.quarantine().size()).isZero();
  }
}
