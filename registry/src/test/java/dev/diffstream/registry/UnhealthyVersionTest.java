package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidencyBuilder;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasGenerationBuilder;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A gateway says that a version answers badly, and the registry takes it back. */
final class UnhealthyVersionTest {
  private static final int[] POSITIONS = {1, 5, 999};
  private final InMemoryBackends backends = new InMemoryBackends();

  private void publishTwoVersions() {
    backends.publish("reviews", "e1", InMemoryBackends.diff("reviews", POSITIONS, 0.8));
    backends.publish("reviews", "e2", InMemoryBackends.diff("reviews", POSITIONS, 0.9));
    run();
  }

  private void say(String gateway, long generation, long version, boolean badly) {
    GatewayResidency word =
        GatewayResidencyBuilder.builder()
            .gatewayId(gateway)
            .incarnation("i-1")
            .taskId("reviews")
            .generation(generation)
            .version(version)
            .state(GatewayResidency.State.LOADED)
            .errorCode(badly ? FailureCode.of(ErrorCode.SELF_TEST_FAILED) : null)
            .message(badly ? "champion version 2 gave no answer to 6 of 20 examples" : null)
            .health(new GatewayResidency.Health(20, badly ? 6 : 0, Instant.EPOCH))
            .build();
    Encoded encoded = EventCodec.encode(EventEnvelope.of("/test/" + gateway, word, Map.of()));
    backends.log.publish(
        Topics.RESIDENCY, new Message(gateway + "/reviews", encoded.headers(), encoded.value()));
  }

  private void run() {
    try (Registrar registrar = backends.registrar()) {
      while (!registrar.recover(Duration.ZERO)) {
        assertThat(registrar.snapshot().ready()).isFalse();
      }
      for (int i = 0; i < 5; i++) {
        registrar.step(Duration.ZERO);
      }
    }
  }

  private List<VersionAnnounced> announced() {
    return backends.records(Topics.ANNOUNCEMENTS).stream()
        .map(r -> EventCodec.decode(r.headers(), r.value()).as(VersionAnnounced.class).data())
        .toList();
  }

  private static long version(VersionAnnounced announced, String alias) {
    AliasTarget target = announced.aliases().get(alias);
    return target == null ? 0 : target.version();
  }

  @Test
  void aChampionGivesWayToTheVersionBefore() {
    publishTwoVersions();
    say("gateway-1", 2, 2, true);
    say("gateway-2", 2, 2, true);
    run();
    VersionAnnounced last = announced().getLast();
    assertThat(announced()).as("once, however many gateways say so").hasSize(3);
    assertThat(last.generation()).isEqualTo(3);
    assertThat(version(last, "champion")).isEqualTo(1);
    assertThat(version(last, "previous")).as("not to go forth and back").isZero();
    Move move = Objects.requireNonNull(last.move());
    assertThat(move.kind()).isEqualTo(Move.ROLL_BACK);
    assertThat(move.actor()).isEqualTo(Move.REGISTRY);
    assertThat(move.reason()).startsWith("gateway gateway-").contains("gave no answer to 6 of 20");
    run();
    assertThat(announced()).as("the version stays decided").hasSize(3);
    backends.publish("reviews", "e3", InMemoryBackends.diff("reviews", POSITIONS, 0.95));
    run();
    assertThat(version(announced().getLast(), "champion")).isEqualTo(3);
    assertThat(version(announced().getLast(), "previous")).isEqualTo(1);
  }

  @Test
  void aCanaryIsTakenAway() {
    publishTwoVersions();
    TaskId task = new TaskId("reviews");
    byte[] bytes = backends.store.get(ObjectKeys.aliases(task, 2), 1 << 20).orElseThrow();
    AliasGeneration newest = Json.read(bytes, AliasGeneration.class, "aliases");
    Map<String, AliasTarget> aliases = new HashMap<>();
    AliasTarget second = Objects.requireNonNull(newest.champion());
    aliases.put("champion", Objects.requireNonNull(newest.aliases().get("previous")));
    aliases.put("canary", new AliasTarget(2, second.digest(), second.baseDigest(), 0.1));
    backends.store.put(
        ObjectKeys.aliases(task, 3),
        Json.write(AliasGenerationBuilder.builder(newest).generation(3).aliases(aliases).build()),
        Map.of());
    run();
    say("gateway-1", 3, 2, true);
    run();
    VersionAnnounced last = announced().getLast();
    assertThat(last.generation()).isEqualTo(4);
    assertThat(last.aliases()).containsOnlyKeys("champion");
    assertThat(version(last, "champion")).isEqualTo(1);
  }

  @Test
  void whatIsOldOrWellOrHasNothingBeforeItStays() {
    publishTwoVersions();
    say("gateway-1", 1, 1, true); // an older generation
    say("gateway-2", 2, 1, true); // the previous version
    say("gateway-3", 2, 2, false);
    run();
    assertThat(announced()).hasSize(2);
    say("gateway-1", 2, 2, true);
    run();
    say("gateway-1", 3, 1, true); // nothing before it
    run();
    assertThat(announced()).hasSize(3);
  }
}
