package dev.diffstream.gateway.announcement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.gateway.InMemoryBackends;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.inference.InferenceThread;
import dev.diffstream.gateway.inference.ModelPreparer;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.signature.TrustedKeys;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What no longer serves is freed, once and behind its last request. */
final class ReplacedDiffsTest {
  private final InMemoryBackends backends = new InMemoryBackends();
  private final TinyModel model = new TinyModel();
  private final InferenceThread inference = new InferenceThread(model, 16);
  private final AnnouncementFollower follower =
      new AnnouncementFollower(
          backends.log,
          new DiffLoader(
              backends.store, new ModelPreparer(model, inference), 1 << 24, TrustedKeys.NONE),
          new ResidencySender(backends.log, "gateway-1", "i-1", InstantSource.system()),
          OpenTelemetry.noop(),
          InstantSource.system());

  @BeforeEach
  void start() {
    inference.start();
  }

  @AfterEach
  void stop() {
    follower.close();
    inference.close();
  }

  private void announce(String task, long generation, float bias, float probeError) {
    byte[] diff = TinyModel.diff(task, Objective.CLASSIFICATION, bias, probeError);
    backends.announce(task, generation, TinyModel.BASE, diff);
    follower.step(Duration.ZERO);
  }

  @Test
  void aReplacedVersionIsFreedBehindItsLastRequest() {
    announce("reviews", 1, 0, 0);
    announce("topics", 1, 0, 0);
    assertThat(model.inUse()).isEqualTo(2);
    PreparedDiff asked = follower.catalog().find("reviews").prepared();
    assertThat(asked.retain()).isTrue();
    announce("reviews", 2, 1, 0);
    assertThat(model.inUse()).isEqualTo(3);
    asked.release();
    assertThat(model.inUse()).isEqualTo(2);
    assertThat(asked.retain()).isFalse();
    backends.withdraw("reviews", 3);
    follower.step(Duration.ZERO);
    assertThat(model.inUse()).isEqualTo(1);
  }

  @Test
  void whatDoesNotPassItsSelfTestIsFreedAndWhatServesIsKept() {
    announce("reviews", 1, 0, 0);
    announce("reviews", 2, 1, 1);
    assertThat(follower.catalog().find("reviews").version()).isEqualTo(1);
    assertThat(model.inUse()).isEqualTo(1);
  }

  @Test
  void aDiffOfAnotherTaskIsFreed() {
    byte[] diff = TinyModel.diff("topics", Objective.CLASSIFICATION, 0, 0);
    backends.announce("reviews", 1, TinyModel.BASE, diff);
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().failed()).containsKey("reviews");
    assertThat(model.inUse()).isZero();
  }
}
