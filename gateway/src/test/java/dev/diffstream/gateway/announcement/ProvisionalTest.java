package dev.diffstream.gateway.announcement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.gateway.InMemoryBackends;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.event.Objective;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A head alone that answers while its task has no champion. */
final class ProvisionalTest {
  private static final byte[] HEAD = TinyModel.head("reviews", Objective.CLASSIFICATION, 0.25f);
  private final LoadingGateway gateway = new LoadingGateway();

  @AfterEach
  void close() {
    gateway.close();
  }

  private String announceHead(long generation) {
    return gateway.backends.announceProvisional("reviews", generation, TinyModel.BASE, HEAD);
  }

  @Test
  void itAnswersUntilThereIsAChampion() {
    String digest = announceHead(1);
    AnnouncementFollower follower = gateway.start();
    ResidentDiff serving = gateway.settle(follower).find("reviews");
    assertThat(serving.digest()).isEqualTo(digest);
    assertThat(serving.version()).as("it is no version").isZero();
    assertThat(serving.servedAs().alias()).isEqualTo("provisional");
    GatewayResidency reported = gateway.backends.residency().getLast();
    assertThat(reported.state()).isEqualTo(State.LOADED);
    assertThat(reported.version()).isZero();
    assertThat(reported.digest()).isEqualTo(digest);
    gateway.announce("reviews", 2, 1, LoadingGateway.target("reviews", 1));
    serving = gateway.settle(follower).find("reviews");
    assertThat(serving.version()).isEqualTo(1);
    assertThat(serving.servedAs().alias()).isEqualTo("champion");
    assertThat(gateway.model.inUse()).isEqualTo(1);
  }

  @Test
  void itGoesOnWhereTheFirstChampionFails() {
    announceHead(1);
    AnnouncementFollower follower = gateway.start();
    gateway.settle(follower);
    gateway.announce("reviews", 2, 1, LoadingGateway.target("reviews", 1));
    gateway.failing.add(LoadingGateway.target("reviews", 1).digest());
    ServingCatalog catalog = gateway.settle(follower);
    assertThat(catalog.find("reviews").servedAs().alias()).isEqualTo("provisional");
    assertThat(InMemoryBackends.at(catalog.failed(), "reviews").code())
        .isEqualTo(ErrorCode.SELF_TEST_FAILED);
  }

  @Test
  void oneThatCannotBeLoadedIsAFailureOfItsTask() {
    gateway.backends.store.put(ObjectKeys.diff(announceHead(1)), new byte[] {1}, Map.of());
    ServingCatalog catalog = gateway.settle(gateway.start());
    assertThat(catalog.ready()).isTrue();
    assertThatThrownBy(() -> catalog.find("reviews"))
        .hasMessageStartingWith("DIGEST_MISMATCH: the provisional of task reviews is not loaded");
  }

  @Test
  void itIsWithdrawnAsAChampionIs() {
    announceHead(1);
    AnnouncementFollower follower = gateway.start();
    gateway.settle(follower);
    gateway.backends.withdraw("reviews", 2);
    assertThat(gateway.settle(follower).tasks()).isEmpty();
    assertThat(gateway.model.inUse()).isZero();
  }
}
