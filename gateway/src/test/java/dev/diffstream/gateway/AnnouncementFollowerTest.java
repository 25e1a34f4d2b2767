package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.event.GatewayResidencyBuilder;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class AnnouncementFollowerTest {
  private static final String BASE = TinyModel.BASE;
  private static final GatewaySpans SPANS =
      new GatewaySpans(io.opentelemetry.api.OpenTelemetry.noop());
  private final World world = new World();
  private final TinyModel model = new TinyModel();
  private final InferenceThread inference = new InferenceThread(model, 16);
  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger storeFailures = new AtomicInteger();
  private TrustedKeys trustedKeys = TrustedKeys.NONE;

  @BeforeEach
  void start() {
    inference.start();
  }

  @AfterEach
  void stop() {
    inference.close();
  }

  @Test
  void theNewestChampionBecomesResident() {
    world.announce("reviews", 1, BASE, diff("reviews", 0));
    String second = world.announce("reviews", 2, BASE, diff("reviews", 1));
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    ServingImage image = follower.image();
    assertThat(image.ready()).isTrue();
    assertThat(World.at(image.resident(), "reviews").digest()).isEqualTo(second);
    assertThat(world.residency())
        .containsExactly(
            GatewayResidencyBuilder.builder()
                .incarnation("i-1")
                .gatewayId("gateway-1")
                .taskId("reviews")
                .generation(2)
                .version(2)
                .digest(second)
                .state(State.LOADED)
                .build());
    assertThat(world.records(Topics.RESIDENCY).getFirst().headers().get("traceparent"))
        .startsWith(World.TRACE.substring(0, 35));
    assertThat(world.records(Topics.RESIDENCY).getFirst().key()).isEqualTo("gateway-1/reviews");
  }

  @Test
  void lowerAndEqualGenerationsAreIgnored() {
    AnnouncementFollower follower = follower();
    String second = world.announce("reviews", 2, BASE, diff("reviews", 1));
    follower.step(Duration.ZERO);
    world.announce("reviews", 1, BASE, diff("reviews", 0));
    world.announce("reviews", 2, BASE, diff("reviews", 3));
    follower.step(Duration.ZERO);
    assertThat(World.at(follower.image().resident(), "reviews").digest()).isEqualTo(second);
    assertThat(world.residency()).hasSize(1);
  }

  @Test
  void aFailureKeepsTheOlderVersionAndTheOtherTasks() {
    AnnouncementFollower follower = follower();
    String first = world.announce("reviews", 1, BASE, diff("reviews", 0));
    follower.step(Duration.ZERO);
    byte[] wrong = TinyModel.diff("reviews", Objective.CLASSIFICATION, 1, 0.1f);
    world.announce("reviews", 2, BASE, wrong);
    world.announce("songs", 1, BASE, diff("songs", 0));
    follower.step(Duration.ZERO);
    assertThat(World.at(follower.image().resident(), "reviews").digest()).isEqualTo(first);
    assertThat(World.at(follower.image().failed(), "reviews").code())
        .isEqualTo(ErrorCode.SELF_TEST_FAILED);
    assertThat(follower.image().resident()).containsKey("songs");
    assertThat(world.residency())
        .filteredOn(r -> r.state() == State.FAILED)
        .extracting(GatewayResidency::errorCode)
        .containsExactly(FailureCode.of(ErrorCode.SELF_TEST_FAILED));
  }

  @Test
  void everyFaultHasItsCode() {
    String gone = Sha256.of("nothing");
    world.announce("gone", 1, BASE, gone);
    byte[] diff = diff("torn", 0);
    String digest = Sha256.of(diff);
    diff[diff.length - 1]++;
    world.store.put(ObjectKeys.diff(digest), diff, Map.of());
    world.announce("torn", 1, BASE, digest);
    world.announce("elsewhere", 1, gone, diff("elsewhere", 0));
    world.announce("stolen", 1, BASE, diff("reviews", 0));
    world.announce("noise", 1, BASE, new byte[] {1, 2, 3});
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    assertThat(follower.image().ready()).isTrue();
    failed(follower, "gone", ErrorCode.DIGEST_MISMATCH);
    failed(follower, "torn", ErrorCode.DIGEST_MISMATCH);
    failed(follower, "elsewhere", ErrorCode.BASE_MISMATCH);
    failed(follower, "stolen", ErrorCode.MALFORMED_DIFF);
    failed(follower, "noise", ErrorCode.MALFORMED_DIFF);
    assertThatThrownBy(() -> follower.image().find("nobody"))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TASK_UNKNOWN));
  }

  @Test
  void onlyDiffsThatATrustedKeySignedAreLoaded() {
    SigningKey old = SigningKey.generate();
    SigningKey now = SigningKey.generate();
    trustedKeys = new TrustedKeys(List.of(old.verificationKey(), now.verificationKey()));
    sign(world.announce("old", 1, BASE, diff("old", 0)), old);
    sign(world.announce("now", 1, BASE, diff("now", 0)), now);
    world.announce("unsigned", 1, BASE, diff("unsigned", 0));
    sign(world.announce("stranger", 1, BASE, diff("stranger", 0)), SigningKey.generate());
    String digest = world.announce("swapped", 1, BASE, diff("swapped", 0));
    world.store.put(
        ObjectKeys.signature(digest, now.verificationKey().id()),
        now.sign(Sha256.of("another file")),
        Map.of());
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    assertThat(follower.image().ready()).isTrue();
    assertThat(follower.image().resident()).containsOnlyKeys("old", "now");
    failed(follower, "unsigned", ErrorCode.SIGNATURE_INVALID);
    failed(follower, "stranger", ErrorCode.SIGNATURE_INVALID);
    failed(follower, "swapped", ErrorCode.SIGNATURE_INVALID);
    assertThat(world.residency())
        .filteredOn(r -> r.state() == State.FAILED)
        .extracting(GatewayResidency::errorCode)
        .containsOnly(FailureCode.of(ErrorCode.SIGNATURE_INVALID))
        .hasSize(3);
  }

  @Test
  void aSignatureThatCannotBeReadNowIsTriedAgain() {
    SigningKey key = SigningKey.generate();
    trustedKeys = new TrustedKeys(List.of(key.verificationKey()));
    sign(world.announce("reviews", 1, BASE, diff("reviews", 0)), key);
    AnnouncementFollower follower = follower();
    storeFailures.set(-1); // the diff is read, its signature is not
    follower.step(Duration.ZERO);
    assertThat(World.at(follower.image().failed(), "reviews").code())
        .isEqualTo(ErrorCode.OVERLOADED);
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    follower.step(Duration.ZERO);
    assertThat(follower.image().resident()).containsOnlyKeys("reviews");
  }

  private void sign(String digest, SigningKey key) {
    world.store.put(
        ObjectKeys.signature(digest, key.verificationKey().id()), key.sign(digest), Map.of());
  }

  @Test
  void aPassingFailureIsTriedAgainLaterWithoutHoldingUpOthers() {
    storeFailures.set(2);
    world.announce("reviews", 1, BASE, diff("reviews", 0));
    world.announce("songs", 1, BASE, diff("songs", 0));
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    assertThat(follower.image().ready()).isTrue();
    assertThat(follower.image().resident()).isEmpty();
    follower.step(Duration.ZERO);
    assertThat(follower.image().resident()).as("not before its pause").isEmpty();
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    follower.step(Duration.ZERO);
    assertThat(follower.image().resident()).containsOnlyKeys("reviews", "songs");
    assertThat(follower.image().failed()).isEmpty();
    assertThat(world.residency())
        .extracting(GatewayResidency::state)
        .containsExactlyInAnyOrder(State.FAILED, State.FAILED, State.LOADED, State.LOADED);
  }

  @Test
  void aWithdrawnTaskIsGone() {
    AnnouncementFollower follower = follower();
    world.announce("reviews", 1, BASE, diff("reviews", 0));
    follower.step(Duration.ZERO);
    world.withdraw("reviews", 2);
    follower.step(Duration.ZERO);
    assertThat(follower.image().tasks()).isEmpty();
    assertThat(world.residency().getLast().state()).isEqualTo(State.WITHDRAWN);
    assertThat(world.residency().getLast().version()).isZero();
  }

  @Test
  void recordsThatCannotBeReadArePassedOver() {
    world.log.publish(Topics.ANNOUNCEMENTS, new Message("reviews", Map.of(), new byte[] {'{'}));
    world.log.publish(Topics.ANNOUNCEMENTS, new Message("reviews", Map.of(), new byte[0]));
    world.announce("songs", 1, BASE, diff("songs", 0));
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    assertThat(follower.image().resident()).containsOnlyKeys("songs");
  }

  private void failed(AnnouncementFollower follower, String task, ErrorCode code) {
    assertThat(World.at(follower.image().failed(), task).code()).as(task).isEqualTo(code);
    assertThatThrownBy(() -> follower.image().find(task)).hasMessageStartingWith(code.name());
  }

  private static byte[] diff(String task, float bias) {
    return TinyModel.diff(task, Objective.CLASSIFICATION, bias, 0);
  }

  private AnnouncementFollower follower() {
    DiffLoader loader = new DiffLoader(failingStore(), model, inference, 1 << 24, trustedKeys);
    ResidencySender sender = new ResidencySender(world.log, "gateway-1", InstantSource.system());
    return new AnnouncementFollower(world.log, loader, sender, SPANS, now::get);
  }

  /** The store, but the next {@link #storeFailures} reads are lost; -1: only the one after next. */
  private ObjectStore failingStore() {
    return (ObjectStore)
        Proxy.newProxyInstance(
            ObjectStore.class.getClassLoader(),
            new Class<?>[] {ObjectStore.class},
            (proxy, method, arguments) -> {
              if (storeFailures.getAndUpdate(n -> n < 0 ? -n : Math.max(0, n - 1)) > 0) {
                throw new DiffstreamException(ErrorCode.OVERLOADED, "the store is away");
              }
              return method.invoke(world.store, arguments);
            });
  }
}
