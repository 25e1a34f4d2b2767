package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.registry.fleet.Convergence;
import dev.diffstream.registry.fleet.Fleet;
import dev.diffstream.registry.fleet.GatewayWords;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.GatewayFarewell;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.event.GatewayResidencyBuilder;
import dev.diffstream.schemas.registry.AliasGeneration;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the words of gateways say together. */
final class FleetTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private static GatewayResidencyBuilder word(String gateway, String incarnation, String task) {
    return GatewayResidencyBuilder.builder()
        .gatewayId(gateway)
        .incarnation(incarnation)
        .taskId(task)
        .generation(3)
        .version(2)
        .state(State.LOADED);
  }

  private static Instant at(int second) {
    return START.plusSeconds(second);
  }

  /** In whatever order partitions bring them. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatAnEarlierProcessSaidNoLongerHolds(long seed) {
    Fleet fleet = new Fleet();
    List<Runnable> words = new ArrayList<>();
    words.add(() -> fleet.onResidency(word("g-1", "first", "songs").build(), at(1)));
    words.add(() -> fleet.onResidency(word("g-1", "first", "films").build(), at(2)));
    words.add(() -> fleet.onFarewell(new GatewayFarewell("g-1", "first", "stopping"), at(3)));
    words.add(() -> fleet.onResidency(word("g-1", "second", "songs").build(), at(4)));
    words.add(() -> fleet.onResidency(word("g-1", "second", "books").build(), at(5)));
    words.add(() -> fleet.onResidency(word("g-1", "second", "books").generation(4).build(), at(6)));
    Collections.shuffle(words, new Random(seed));
    words.forEach(Runnable::run);
    GatewayWords gateway = fleet.gateway("g-1");
    assertThat(gateway.incarnation()).isEqualTo("second");
    assertThat(gateway.lastWord()).isEqualTo(at(6));
    assertThat(gateway.stopped()).isNull();
    assertThat(gateway.tasks()).containsOnlyKeys("songs", "books");
    assertThat(InMemoryBackends.at(gateway.tasks(), "books").residency().generation()).isEqualTo(4);
    assertThat(fleet.of("films")).isEmpty();
  }

  @Test
  void aGatewayThatSaidFarewellHoldsNothing() {
    Fleet fleet = new Fleet();
    fleet.onResidency(word("g-1", "first", "songs").build(), at(1));
    fleet.onFarewell(new GatewayFarewell("g-1", "first", "stopping"), at(2));
    fleet.onResidency(word("g-2", "a", "songs").build(), at(1));
    assertThat(fleet.gateway("g-1").stopped()).isEqualTo(at(2));
    assertThat(fleet.of("songs"))
        .extracting(word -> word.residency().gatewayId())
        .containsExactly("g-2");
    assertThat(fleet.gateways()).hasSize(2);
  }

  @Test
  void aTaskHasConvergedWhenNobodyLags() {
    AliasGeneration newest = new AliasGeneration("songs", 3, Map.of(), 2, null, null, at(0));
    Fleet fleet = new Fleet();
    assertThat(Convergence.of(newest, fleet.of("songs")).converged())
        .as("nobody has spoken")
        .isFalse();
    fleet.onResidency(word("g-1", "a", "songs").build(), at(1));
    fleet.onResidency(word("g-2", "a", "songs").state(State.WITHDRAWN).build(), at(1));
    assertThat(Convergence.of(newest, fleet.of("songs")))
        .isEqualTo(new Convergence(3, true, List.of()));
    fleet.onResidency(word("g-3", "a", "songs").generation(2).build(), at(1));
    fleet.onResidency(
        word("g-4", "a", "songs")
            .state(State.FAILED)
            .errorCode(FailureCode.of(ErrorCode.SELF_TEST_FAILED))
            .build(),
        at(1));
    assertThat(Convergence.of(newest, fleet.of("songs")))
        .isEqualTo(new Convergence(3, false, List.of("g-3", "g-4")));
  }

  @Test
  void theRegistryHearsGateways() {
    InMemoryBackends backends = new InMemoryBackends();
    send(backends, "g-1/songs", word("g-1", "a", "songs").build());
    send(backends, "g-2/songs", word("g-2", "a", "songs").build());
    send(backends, "g-2", new GatewayFarewell("g-2", "a", "stopping"));
    backends.log.publish(
        Topics.RESIDENCY, new Message("g-3", Map.of(), new byte[] {1})); // cannot be read
    try (Registrar registrar = backends.registrar()) {
      while (!registrar.recover(Duration.ZERO)) {
        assertThat(registrar.snapshot().ready()).isFalse();
      }
      assertThat(registrar.fleet().of("songs"))
          .extracting(word -> word.residency().gatewayId())
          .containsExactly("g-1");
      assertThat(registrar.fleet().gateways()).hasSize(2);
    }
  }

  private static void send(InMemoryBackends backends, String key, Event event) {
    Encoded encoded = EventCodec.encode(EventEnvelope.of("/test/" + key, event, Map.of()));
    backends.log.publish(Topics.RESIDENCY, new Message(key, encoded.headers(), encoded.value()));
  }
}
