package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.move.AliasMoves;
import dev.diffstream.registry.move.MoveRequestBuilder;
import dev.diffstream.registry.promotion.PromotionSettings;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.GatewayFarewell;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.Candidate;
import dev.diffstream.schemas.event.GatewayResidencyBuilder;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** New versions that wait for the word of a gateway or of a person. */
final class CandidateTest {
  private static final int[] POSITIONS = {1, 5, 999};

  private final InMemoryBackends backends = new InMemoryBackends();
  private Instant now = InMemoryBackends.NOW;
  private PromotionSettings promotion = PromotionSettings.DEFAULT;
  private @Nullable Registrar registrar;

  @AfterEach
  void close() {
    if (registrar != null) {
      registrar.close();
    }
  }

  private void step() {
    Registrar running = registrar;
    if (running == null) {
      running =
          new Registrar(
              backends.store,
              backends.log,
              RegistrySettingsBuilder.builder(InMemoryBackends.settings())
                  .promotion(promotion)
                  .build(),
              new RegistryCounters(),
              new RegistrySpans(io.opentelemetry.api.OpenTelemetry.noop()),
              () -> now);
      registrar = running;
      while (!running.recover(Duration.ZERO)) {
        assertThat(running.snapshot().ready()).isFalse();
      }
    }
    for (int i = 0; i < 5; i++) {
      running.step(Duration.ZERO);
    }
  }

  private void restart() {
    close();
    registrar = null;
    step();
  }

  private void publish(String event) {
    backends.publish("reviews", event, InMemoryBackends.diff("reviews", POSITIONS, 0.8));
    step();
  }

  private void say(String gateway, long generation, @Nullable Candidate candidate) {
    GatewayResidency word =
        GatewayResidencyBuilder.builder()
            .gatewayId(gateway)
            .incarnation("i-1")
            .taskId("reviews")
            .baseDigest(InMemoryBackends.BASE)
            .generation(generation)
            .version(1)
            .state(GatewayResidency.State.LOADED)
            .candidate(candidate)
            .build();
    Encoded encoded = EventCodec.encode(EventEnvelope.of("/test/" + gateway, word, Map.of()));
    backends.log.publish(
        Topics.RESIDENCY, new Message(gateway + "/reviews", encoded.headers(), encoded.value()));
    step();
  }

  private Candidate passed(long version) {
    return new Candidate(version, digest(version), null, null);
  }

  private String digest(long version) {
    return Objects.requireNonNull(newest().aliases().get("candidate")).digest();
  }

  private VersionAnnounced newest() {
    List<VersionAnnounced> announced =
        backends.events(Topics.ANNOUNCEMENTS, VersionAnnounced.class);
    return announced.getLast();
  }

  private static long version(VersionAnnounced announced, String alias) {
    AliasTarget target = announced.aliases().get(alias);
    return target == null ? 0 : target.version();
  }

  private Move move() {
    return Objects.requireNonNull(newest().move());
  }

  /** Version 1 is champion, a gateway serves it, and version 2 is candidate by generation 2. */
  private void secondIsCandidate() {
    publish("e1");
    assertThat(version(newest(), "champion")).as("no gateway is known yet").isEqualTo(1);
    say("gateway-1", 1, null);
    publish("e2");
    assertThat(newest().generation()).isEqualTo(2);
    assertThat(version(newest(), "champion")).isEqualTo(1);
    assertThat(version(newest(), "candidate")).isEqualTo(2);
    assertThat(move().kind()).isEqualTo(Move.TEST);
  }

  @Test
  void itBecomesChampionByTheWordOfAGateway() {
    secondIsCandidate();
    say("gateway-1", 1, null);
    assertThat(newest().generation()).as("a word of something else").isEqualTo(2);
    say("gateway-1", 2, new Candidate(2, "0".repeat(64), null, null));
    assertThat(newest().generation()).as("a word of another diff").isEqualTo(2);
    say("gateway-1", 2, passed(2));
    assertThat(newest().generation()).isEqualTo(3);
    assertThat(version(newest(), "champion")).isEqualTo(2);
    assertThat(version(newest(), "previous")).isEqualTo(1);
    assertThat(newest().aliases()).doesNotContainKey("candidate");
    assertThat(move().kind()).isEqualTo(Move.PROMOTE);
    assertThat(move().actor()).isEqualTo(Move.REGISTRY);
    assertThat(move().reason()).contains("gateway-1");
    restart();
    assertThat(newest().generation()).isEqualTo(3);
  }

  @Test
  void oneThatFailsItsTestLeavesTheChampion() {
    secondIsCandidate();
    say(
        "gateway-1",
        2,
        new Candidate(
            2, digest(2), FailureCode.of(ErrorCode.SELF_TEST_FAILED), "probe 3: 0.2, not 0.7"));
    assertThat(version(newest(), "champion")).isEqualTo(1);
    assertThat(newest().aliases()).doesNotContainKey("candidate");
    assertThat(move().kind()).isEqualTo(Move.REFUSE);
    assertThat(move().reason()).contains("gateway-1: SELF_TEST_FAILED: probe 3");
    restart();
    assertThat(newest().generation()).as("it has had its decision").isEqualTo(3);
  }

  @Test
  void aGatewayThatIsDeadIsWaitedForOnce() {
    secondIsCandidate();
    now = now.plusSeconds(29);
    step();
    assertThat(newest().generation()).isEqualTo(2);
    now = now.plusSeconds(2);
    step();
    assertThat(version(newest(), "champion")).isEqualTo(2);
    assertThat(move().reason()).contains("no gateway");
    publish("e3");
    assertThat(version(newest(), "champion")).as("nobody waits for it again").isEqualTo(3);
    say("gateway-1", 4, null);
    publish("e4");
    assertThat(version(newest(), "candidate")).as("it has spoken").isEqualTo(4);
  }

  @Test
  void aGatewayThatStopsIsWaitedForNoLonger() {
    secondIsCandidate();
    Encoded encoded =
        EventCodec.encode(
            EventEnvelope.of(
                "/test/gateway-1", new GatewayFarewell("gateway-1", "i-1", "stopping"), Map.of()));
    backends.log.publish(
        Topics.RESIDENCY, new Message("gateway-1", encoded.headers(), encoded.value()));
    step();
    assertThat(version(newest(), "champion")).isEqualTo(2);
  }

  @Test
  void aRegistryThatStartsGoesOnWaiting() {
    secondIsCandidate();
    restart();
    assertThat(newest().generation()).isEqualTo(2);
    say("gateway-1", 2, passed(2));
    assertThat(version(newest(), "champion")).isEqualTo(2);
  }

  @Test
  void aLaterVersionTakesThePlaceOfACandidate() {
    secondIsCandidate();
    Candidate second = passed(2);
    publish("e3");
    assertThat(version(newest(), "candidate")).isEqualTo(3);
    say("gateway-1", 2, second);
    assertThat(version(newest(), "champion")).as("a late word").isEqualTo(1);
    say("gateway-1", 3, passed(3));
    assertThat(version(newest(), "champion")).isEqualTo(3);
    assertThat(version(newest(), "previous")).isEqualTo(1);
  }

  private void ask(String kind, @Nullable Long version) {
    AliasLog aliases = new AliasLog(backends.store, () -> now);
    AliasMoves moves =
        new AliasMoves(aliases, new VersionLog(backends.store), new TombstoneLog(backends.store));
    Objects.requireNonNull(registrar)
        .moved(
            moves.move(
                new TaskId("reviews"),
                MoveRequestBuilder.builder()
                    .kind(kind)
                    .version(version)
                    .generation(newest().generation())
                    .requestId(kind)
                    .actor("ada")
                    .build()));
    step();
  }

  @Test
  void aTaskThatNeedsApprovalWaitsForAPerson() {
    promotion = new PromotionSettings(List.of("other", "rev*"), Duration.ofSeconds(30));
    publish("e1");
    assertThat(newest().aliases()).containsOnlyKeys("candidate");
    assertThat(move().kind()).isEqualTo(Move.PROPOSE);
    now = now.plusSeconds(3_600);
    say("gateway-1", 1, passed(1));
    restart();
    assertThat(newest().generation()).as("tests and time do not decide").isEqualTo(1);
    ask(Move.PROMOTE, 1L);
    assertThat(newest().aliases()).containsOnlyKeys("champion");
    publish("e2");
    ask(Move.WITHDRAW, 2L);
    assertThat(newest().aliases()).containsOnlyKeys("champion");
    restart();
    assertThat(version(newest(), "champion")).as("a proposal that was turned down").isEqualTo(1);
    assertThat(newest().aliases()).containsOnlyKeys("champion");
  }

  @Test
  void labelsThatAreNotKnownMayBeThoseThatNeedApproval() {
    promotion = new PromotionSettings(List.of("team:desk"), Duration.ofSeconds(30));
    publish("e1");
    assertThat(move().kind()).isEqualTo(Move.PROPOSE);
  }

  @Test
  void aWaitOfZeroIsNoWait() {
    promotion = new PromotionSettings(List.of(), Duration.ZERO);
    publish("e1");
    say("gateway-1", 1, null);
    publish("e2");
    assertThat(version(newest(), "champion")).isEqualTo(2);
  }
}
