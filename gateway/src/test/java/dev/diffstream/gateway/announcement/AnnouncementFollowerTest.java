package dev.diffstream.gateway.announcement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.gateway.InMemoryBackends;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.certificate.ProbeBits;
import dev.diffstream.gateway.inference.InferenceThread;
import dev.diffstream.gateway.inference.ModelPreparer;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.DiffMetadataBuilder;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.event.GatewayResidencyBuilder;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.service.Quarantine;
import dev.diffstream.service.UnavailableException;
import io.opentelemetry.api.OpenTelemetry;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class AnnouncementFollowerTest {
  private static final String BASE = TinyModel.BASE;
  private final InMemoryBackends backends = new InMemoryBackends();
  private final TinyModel model = new TinyModel();
  private final InferenceThread inference = new InferenceThread(model, 16);
  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger storeFailures = new AtomicInteger();
  private ErrorCode storeFailure = ErrorCode.OVERLOADED;
  private String unreadableKey = "";
  private String broken = "";
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
    backends.announce("reviews", 1, BASE, diff("reviews", 0));
    String second = backends.announce("reviews", 2, BASE, diff("reviews", 1));
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    ServingCatalog catalog = follower.catalog();
    assertThat(catalog.ready()).isTrue();
    assertThat(InMemoryBackends.at(catalog.resident(), "reviews").digest()).isEqualTo(second);
    assertThat(backends.residency())
        .containsExactly(
            GatewayResidencyBuilder.builder()
                .incarnation("i-1")
                .baseDigest(BASE)
                .gatewayId("gateway-1")
                .taskId("reviews")
                .generation(2)
                .version(2)
                .digest(second)
                .state(State.LOADED)
                .build());
    assertThat(backends.records(Topics.RESIDENCY).getFirst().headers().get("traceparent"))
        .startsWith(InMemoryBackends.TRACE.substring(0, 35));
    assertThat(backends.records(Topics.RESIDENCY).getFirst().key()).isEqualTo("gateway-1/reviews");
  }

  @Test
  void lowerAndEqualGenerationsAreIgnored() {
    AnnouncementFollower follower = follower();
    String second = backends.announce("reviews", 2, BASE, diff("reviews", 1));
    follower.step(Duration.ZERO);
    backends.announce("reviews", 1, BASE, diff("reviews", 0));
    backends.announce("reviews", 2, BASE, diff("reviews", 3));
    follower.step(Duration.ZERO);
    assertThat(InMemoryBackends.at(follower.catalog().resident(), "reviews").digest())
        .isEqualTo(second);
    assertThat(backends.residency()).hasSize(1);
  }

  @Test
  void aFailureKeepsTheOlderVersionAndTheOtherTasks() {
    AnnouncementFollower follower = follower();
    String first = backends.announce("reviews", 1, BASE, diff("reviews", 0));
    follower.step(Duration.ZERO);
    byte[] wrong = TinyModel.diff("reviews", Objective.CLASSIFICATION, 1, 0.1f);
    backends.announce("reviews", 2, BASE, wrong);
    backends.announce("songs", 1, BASE, diff("songs", 0));
    follower.step(Duration.ZERO);
    assertThat(InMemoryBackends.at(follower.catalog().resident(), "reviews").digest())
        .isEqualTo(first);
    assertThat(InMemoryBackends.at(follower.catalog().failed(), "reviews").code())
        .isEqualTo(ErrorCode.SELF_TEST_FAILED);
    assertThat(follower.catalog().resident()).containsKey("songs");
    assertThat(backends.residency())
        .filteredOn(r -> r.state() == State.FAILED)
        .extracting(GatewayResidency::errorCode)
        .containsExactly(FailureCode.of(ErrorCode.SELF_TEST_FAILED));
  }

  @Test
  void everyFaultHasItsCode() {
    String gone = Sha256.of("nothing");
    backends.announce("gone", 1, BASE, gone);
    byte[] diff = diff("torn", 0);
    String digest = Sha256.of(diff);
    diff[diff.length - 1]++;
    backends.store.put(ObjectKeys.diff(digest), diff, Map.of());
    backends.announce("torn", 1, BASE, digest);
    backends.announce("elsewhere", 1, gone, diff("elsewhere", 0));
    backends.announce("stolen", 1, BASE, diff("reviews", 0));
    backends.announce("noise", 1, BASE, new byte[] {1, 2, 3});
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().ready()).isTrue();
    failed(follower, "gone", ErrorCode.DIGEST_MISMATCH);
    failed(follower, "torn", ErrorCode.DIGEST_MISMATCH);
    assertThat(follower.catalog().elsewhere()).containsEntry("elsewhere", gone);
    assertThatThrownBy(() -> follower.catalog().find("elsewhere"))
        .hasMessage(
            "BASE_MISMATCH: task elsewhere belongs to base "
                + gone
                + ", which this gateway does not serve");
    assertThat(follower.catalog().tasks())
        .as("no failure of this gateway")
        .doesNotContain("elsewhere");
    assertThat(follower.quarantine().contains("tasks/elsewhere")).isFalse();
    assertThat(backends.residency())
        .extracting(GatewayResidency::taskId)
        .doesNotContain("elsewhere");
    failed(follower, "stolen", ErrorCode.MALFORMED_DIFF);
    failed(follower, "noise", ErrorCode.MALFORMED_DIFF);
    assertThatThrownBy(() -> follower.catalog().find("nobody"))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TASK_UNKNOWN));
  }

  @Test
  void onlyDiffsThatATrustedKeySignedAreLoaded() {
    SigningKey old = SigningKey.generate();
    SigningKey now = SigningKey.generate();
    trustedKeys = new TrustedKeys(List.of(old.verificationKey(), now.verificationKey()));
    sign(backends.announce("old", 1, BASE, diff("old", 0)), old);
    sign(backends.announce("now", 1, BASE, diff("now", 0)), now);
    backends.announce("unsigned", 1, BASE, diff("unsigned", 0));
    sign(backends.announce("stranger", 1, BASE, diff("stranger", 0)), SigningKey.generate());
    String digest = backends.announce("swapped", 1, BASE, diff("swapped", 0));
    backends.store.put(
        ObjectKeys.signature(digest, now.verificationKey().id()),
        now.sign(Sha256.of("another file")),
        Map.of());
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().ready()).isTrue();
    assertThat(follower.catalog().resident()).containsOnlyKeys("old", "now");
    failed(follower, "unsigned", ErrorCode.SIGNATURE_INVALID);
    failed(follower, "stranger", ErrorCode.SIGNATURE_INVALID);
    failed(follower, "swapped", ErrorCode.SIGNATURE_INVALID);
    assertThat(backends.residency())
        .filteredOn(r -> r.state() == State.FAILED)
        .extracting(GatewayResidency::errorCode)
        .containsOnly(FailureCode.of(ErrorCode.SIGNATURE_INVALID))
        .hasSize(3);
  }

  @Test
  void aSignatureThatCannotBeReadNowIsTriedAgain() {
    SigningKey key = SigningKey.generate();
    trustedKeys = new TrustedKeys(List.of(key.verificationKey()));
    String digest = backends.announce("reviews", 1, BASE, diff("reviews", 0));
    sign(digest, key);
    unreadableKey = ObjectKeys.signature(digest, key.verificationKey().id());
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    assertThat(InMemoryBackends.at(follower.catalog().failed(), "reviews").code())
        .isEqualTo(ErrorCode.OVERLOADED);
    unreadableKey = "";
    pause(Duration.ofSeconds(1));
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().resident()).containsOnlyKeys("reviews");
  }

  private void sign(String digest, SigningKey key) {
    backends.store.put(
        ObjectKeys.signature(digest, key.verificationKey().id()), key.sign(digest), Map.of());
  }

  @Test
  void whileTheStoreIsAwayANewGatewayIsNotReady() {
    storeFailures.set(Integer.MAX_VALUE);
    backends.announce("reviews", 1, BASE, diff("reviews", 0));
    backends.announce("songs", 1, BASE, diff("songs", 0));
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().ready()).isFalse();
    assertThatThrownBy(() -> follower.catalog().find("reviews"))
        .isInstanceOfSatisfying(
            UnavailableException.class, e -> assertThat(e.httpStatus()).isEqualTo(503))
        .hasMessageStartingWith("NOT_READY: ");
    pause(Duration.ofSeconds(1));
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().ready()).isFalse();
    storeFailures.set(0);
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().resident()).as("not before its pause").isEmpty();
    pause(Duration.ofSeconds(1));
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().ready()).isTrue();
    assertThat(follower.catalog().resident()).containsOnlyKeys("reviews", "songs");
    assertThat(follower.catalog().failed()).isEmpty();
    assertThat(follower.quarantine().size()).isZero();
    assertThat(backends.residency())
        .as("a failure is reported once, not with every try")
        .extracting(GatewayResidency::state)
        .containsExactlyInAnyOrder(State.FAILED, State.FAILED, State.LOADED, State.LOADED);
  }

  /** Withdrawn credentials, or something that answers in place of the store. */
  @ParameterizedTest
  @EnumSource(names = {"DATA_FORBIDDEN", "DATA_UNREADABLE"})
  void aStoreThatRefusesIsAskedAgain(ErrorCode refusal) {
    storeFailure = refusal;
    storeFailures.set(Integer.MAX_VALUE);
    backends.announce("reviews", 1, BASE, diff("reviews", 0));
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().ready()).as("ready with nothing resident").isFalse();
    storeFailures.set(0);
    pause(Duration.ofSeconds(30));
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().ready()).isTrue();
    assertThat(follower.catalog().resident()).containsOnlyKeys("reviews");
    assertThat(follower.quarantine().size()).isZero();
  }

  @Test
  void oneObjectThatIsRefusedDoesNotKeepAGatewayFromBeingReadyAndIsAskedForAgain() {
    storeFailure = ErrorCode.DATA_FORBIDDEN;
    unreadableKey = ObjectKeys.diff(backends.announce("reviews", 1, BASE, diff("reviews", 0)));
    backends.announce("songs", 1, BASE, diff("songs", 0));
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().ready()).isTrue();
    failed(follower, "reviews", ErrorCode.DATA_FORBIDDEN);
    unreadableKey = "";
    pause(Duration.ofSeconds(30));
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().resident()).containsOnlyKeys("reviews", "songs");
  }

  @Test
  void oneObjectThatCannotBeReadDoesNotKeepAGatewayFromBeingReady() {
    unreadableKey = ObjectKeys.diff(backends.announce("reviews", 1, BASE, diff("reviews", 0)));
    backends.announce("songs", 1, BASE, diff("songs", 0));
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().ready()).isTrue();
    assertThat(follower.catalog().resident()).containsOnlyKeys("songs");
    assertThat(follower.quarantine().find("tasks/reviews").orElseThrow().code())
        .isEqualTo(ErrorCode.OVERLOADED);
  }

  @Test
  void aFailureThatChangesIsReportedAgain() {
    String digest = Sha256.of("gone");
    storeFailures.set(Integer.MAX_VALUE);
    backends.announce("reviews", 1, BASE, digest);
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    pause(Duration.ofSeconds(1));
    follower.step(Duration.ZERO);
    storeFailures.set(0);
    pause(Duration.ofSeconds(1));
    follower.step(Duration.ZERO);
    assertThat(backends.residency())
        .extracting(GatewayResidency::errorCode)
        .containsExactly(
            FailureCode.of(ErrorCode.OVERLOADED), FailureCode.of(ErrorCode.DIGEST_MISMATCH));
  }

  @Test
  void aDamagedChampionIsReplacedByItsPredecessorUntilItIsRepaired() {
    byte[] first = diff("reviews", 0);
    byte[] second = diff("reviews", 1);
    String previous = Sha256.of(first);
    String champion = Sha256.of(second);
    backends.store.put(ObjectKeys.diff(previous), first, Map.of());
    backends.store.put(ObjectKeys.diff(champion), new byte[] {1}, Map.of());
    backends.announce("reviews", 2, BASE, champion, new AliasTarget(1, previous, BASE));
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    ResidentDiff serving = InMemoryBackends.at(follower.catalog().resident(), "reviews");
    assertThat(serving.version()).isEqualTo(1);
    assertThat(serving.digest()).isEqualTo(previous);
    assertThat(serving.servedAs().championFailure()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
    assertThat(follower.catalog().ready()).isTrue();
    assertThat(follower.quarantine().entries(9)).hasSize(1);
    assertThat(follower.quarantine().contains("tasks/reviews")).isTrue();
    GatewayResidency reported = backends.residency().getLast();
    assertThat(reported.state()).isEqualTo(State.FAILED);
    assertThat(reported.version()).isEqualTo(2);
    assertThat(reported.message()).startsWith("version 1 serves; ");
    pause(Duration.ofSeconds(9));
    backends.store.put(ObjectKeys.diff(champion), second, Map.of());
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().failed()).as("not before its pause").isNotEmpty();
    pause(Duration.ofSeconds(1));
    follower.step(Duration.ZERO);
    serving = InMemoryBackends.at(follower.catalog().resident(), "reviews");
    assertThat(serving.version()).isEqualTo(2);
    assertThat(serving.servedAs().championFailure()).isNull();
    assertThat(follower.quarantine().size()).isZero();
    assertThat(backends.residency().getLast().state()).isEqualTo(State.LOADED);
  }

  @Test
  void aChampionThatFailsItsSelfTestIsReplacedToo() {
    byte[] first = diff("reviews", 0);
    backends.store.put(ObjectKeys.diff(Sha256.of(first)), first, Map.of());
    byte[] wrong = TinyModel.diff("reviews", Objective.CLASSIFICATION, 1, 0.1f);
    backends.store.put(ObjectKeys.diff(Sha256.of(wrong)), wrong, Map.of());
    backends.announce(
        "reviews", 2, BASE, Sha256.of(wrong), new AliasTarget(1, Sha256.of(first), BASE));
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    ResidentDiff serving = InMemoryBackends.at(follower.catalog().resident(), "reviews");
    assertThat(serving.version()).isEqualTo(1);
    assertThat(serving.servedAs().championFailure()).isEqualTo(ErrorCode.SELF_TEST_FAILED);
    backends.announce("reviews", 3, BASE, Sha256.of(first));
    follower.step(Duration.ZERO);
    serving = InMemoryBackends.at(follower.catalog().resident(), "reviews");
    assertThat(serving.servedAs().championFailure()).as("loaded anew as champion").isNull();
    assertThat(serving.version()).isEqualTo(3);
  }

  @Test
  void otherTokenizersAndFeaturesAreAnotherBase() {
    DiffMetadata metadata = DiffReader.read(diff("words", 0)).metadata();
    backends.announce(
        "words",
        1,
        BASE,
        with(DiffMetadataBuilder.builder(metadata).tokenizerDigest(Sha256.of("other")).build()));
    metadata = DiffReader.read(diff("heads", 0)).metadata();
    backends.announce(
        "heads", 1, BASE, with(DiffMetadataBuilder.builder(metadata).features("cls").build()));
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    failed(follower, "words", ErrorCode.BASE_MISMATCH);
    failed(follower, "heads", ErrorCode.BASE_MISMATCH);
    assertThat(InMemoryBackends.at(follower.catalog().failed(), "words").reason())
        .contains(
            "expected tokenizer digest " + Sha256.of("tokenizer") + ", got " + Sha256.of("other"));
    assertThat(InMemoryBackends.at(follower.catalog().failed(), "heads").reason())
        .contains("expected feature kind mean, got cls");
  }

  private static byte[] with(DiffMetadata metadata) {
    Diff diff = DiffReader.read(diff(metadata.taskId(), 0));
    return DiffWriter.write(new Diff(metadata, diff.tensors(), diff.head(), diff.probes()));
  }

  @Test
  void anExceptionOfOneTaskDoesNotStopTheOthers() {
    broken = Sha256.of(diff("reviews", 0));
    backends.announce("reviews", 1, BASE, diff("reviews", 0));
    backends.announce("songs", 1, BASE, diff("songs", 0));
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().resident()).containsOnlyKeys("songs");
    failed(follower, "reviews", ErrorCode.SELF_TEST_FAILED);
  }

  @Test
  void aWithdrawnTaskIsGone() {
    AnnouncementFollower follower = follower();
    backends.announce("reviews", 1, BASE, diff("reviews", 0));
    follower.step(Duration.ZERO);
    backends.withdraw("reviews", 2);
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().tasks()).isEmpty();
    assertThat(backends.residency().getLast().state()).isEqualTo(State.WITHDRAWN);
    assertThat(backends.residency().getLast().version()).isZero();
  }

  @Test
  void recordsThatCannotBeReadAreSetAside() {
    backends.log.publish(Topics.ANNOUNCEMENTS, new Message("reviews", Map.of(), new byte[] {'{'}));
    backends.log.publish(Topics.ANNOUNCEMENTS, new Message("songs", Map.of(), new byte[0]));
    backends.announce("songs", 1, BASE, diff("songs", 0));
    AnnouncementFollower follower = follower();
    follower.step(Duration.ZERO);
    assertThat(follower.catalog().resident()).containsOnlyKeys("songs");
    assertThat(follower.quarantine().entries(9))
        .as("what a later record of the same key says counts")
        .extracting(Quarantine.Entry::key, Quarantine.Entry::code)
        .containsExactly(tuple("announcements/reviews", ErrorCode.INVALID_EVENT));
  }

  private void pause(Duration pause) {
    now.addAndGet(pause.toNanos());
  }

  private void failed(AnnouncementFollower follower, String task, ErrorCode code) {
    assertThat(InMemoryBackends.at(follower.catalog().failed(), task).code())
        .as(task)
        .isEqualTo(code);
    assertThatThrownBy(() -> follower.catalog().find(task)).hasMessageStartingWith(code.name());
  }

  private static byte[] diff(String task, float bias) {
    return TinyModel.diff(task, Objective.CLASSIFICATION, bias, 0);
  }

  private AnnouncementFollower follower() {
    InstantSource clock = () -> Instant.EPOCH.plusNanos(now.get());
    DiffLoader loader = new DiffLoader(failingStore(), preparer(), 1 << 24, trustedKeys);
    ResidencySender sender = new ResidencySender(backends.log, "gateway-1", "i-1", clock);
    return new AnnouncementFollower(backends.log, loader, sender, OpenTelemetry.noop(), clock);
  }

  private DiffPreparer preparer() {
    ModelPreparer preparer = new ModelPreparer(model, inference);
    return new DiffPreparer() {
      @Override
      public String baseDigest() {
        return preparer.baseDigest();
      }

      @Override
      public String fingerprint() {
        return preparer.fingerprint();
      }

      @Override
      public UntestedDiff prepare(String digest, byte[] bytes) {
        if (digest.equals(broken)) {
          throw new IllegalStateException("a fault of ours");
        }
        return preparer.prepare(digest, bytes);
      }

      @Override
      public ProbeBits replay(PreparedDiff prepared) {
        return preparer.replay(prepared);
      }
    };
  }

  /**
   * The store, but the next {@link #storeFailures} reads are lost, and those of {@link
   * #unreadableKey}.
   */
  private ObjectStore failingStore() {
    return (ObjectStore)
        Proxy.newProxyInstance(
            ObjectStore.class.getClassLoader(),
            new Class<?>[] {ObjectStore.class},
            (proxy, method, arguments) -> {
              boolean unreadable = arguments != null && unreadableKey.equals(arguments[0]);
              if (unreadable || storeFailures.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                throw new DiffstreamException(storeFailure, "the store is away");
              }
              return method.invoke(backends.store, arguments);
            });
  }
}
