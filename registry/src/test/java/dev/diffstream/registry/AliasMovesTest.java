package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.move.AliasMoves;
import dev.diffstream.registry.move.MoveHistory;
import dev.diffstream.registry.move.MoveRequest;
import dev.diffstream.registry.move.MoveRequestBuilder;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.AuditRecorded;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasGenerationBuilder;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.Provisional;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people may move, and what they may not. */
final class AliasMovesTest {
  private static final TaskId TASK = new TaskId("reviews");
  private final InMemoryBackends backends = new InMemoryBackends();
  private final Registrar registrar = backends.registrar();
  private final AliasMoves moves = moves(backends.store);
  private int requests;

  private static AliasMoves moves(ObjectStore store) {
    return new AliasMoves(
        new AliasLog(store, InstantSource.fixed(InMemoryBackends.NOW)),
        new VersionLog(store),
        new TombstoneLog(store));
  }

  /** Three versions: the third is champion, the second previous, at generation 3. */
  @BeforeEach
  void publishThreeVersions() {
    for (int version = 1; version <= 3; version++) {
      backends.publish(
          "reviews",
          "e" + version,
          InMemoryBackends.diff("reviews", new int[] {version}, 0.8 + version / 100.0));
    }
    while (!registrar.recover(Duration.ZERO)) {
      assertThat(registrar.snapshot().ready()).isFalse();
    }
  }

  private MoveRequestBuilder asked(String kind, long generation) {
    return MoveRequestBuilder.builder()
        .kind(kind)
        .generation(generation)
        .requestId("request-" + ++requests)
        .actor("ada")
        .reason("it looked better yesterday");
  }

  private AliasGeneration move(MoveRequestBuilder request) {
    AliasGeneration made = moves.move(TASK, request.build());
    registrar.moved(made);
    registrar.step(Duration.ZERO);
    return made;
  }

  private static Map<String, Long> versions(Map<String, AliasTarget> aliases) {
    Map<String, Long> versions = new TreeMap<>();
    aliases.forEach((alias, target) -> versions.put(alias, target.version()));
    return versions;
  }

  private VersionAnnounced lastAnnounced() {
    return backends.events(Topics.ANNOUNCEMENTS, VersionAnnounced.class).getLast();
  }

  @Test
  void aPromotionIsTheNextGenerationAndIsAnnouncedAndAudited() {
    AliasGeneration made = move(asked(Move.PROMOTE, 3).version(1L));
    assertThat(made.generation()).isEqualTo(4);
    assertThat(versions(made.aliases()))
        .containsExactlyInAnyOrderEntriesOf(Map.of("champion", 1L, "previous", 3L));
    assertThat(made.decidedThrough()).isEqualTo(3);
    assertThat(made.move())
        .isEqualTo(new Move(Move.PROMOTE, "ada", "request-1", "it looked better yesterday", null));
    assertThat(lastAnnounced()).isEqualTo(VersionAnnounced.of(made));
    AuditRecorded audit = backends.events(Topics.AUDIT, AuditRecorded.class).getLast();
    assertThat(audit.actor()).isEqualTo("ada");
    assertThat(audit.oldVersion()).isEqualTo(3);
    assertThat(audit.newVersion()).isEqualTo(1);
    assertThat(audit.reason()).isEqualTo("it looked better yesterday");
    assertThat(audit.object()).isEqualTo(ObjectKeys.aliases(TASK, 4));
  }

  @Test
  void whatTheRegistryTakesByItselfIsAuditedOnceWhoeverReadsItAgain() {
    registrar.step(Duration.ZERO);
    try (Registrar again = backends.registrar()) {
      assertThat(again.recover(Duration.ZERO)).isTrue();
      again.step(Duration.ZERO);
    }
    assertThat(backends.events(Topics.AUDIT, AuditRecorded.class))
        .extracting(AuditRecorded::generation, AuditRecorded::actor, AuditRecorded::newVersion)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(1L, "registry", 1L),
            org.assertj.core.groups.Tuple.tuple(2L, "registry", 2L),
            org.assertj.core.groups.Tuple.tuple(3L, "registry", 3L));
  }

  @Test
  void aRollBackGoesToThePreviousVersionOnce() {
    AliasGeneration made = move(asked(Move.ROLL_BACK, 3));
    assertThat(versions(made.aliases())).containsExactlyInAnyOrderEntriesOf(Map.of("champion", 2L));
    refused(asked(Move.ROLL_BACK, 4), ErrorCode.INVALID_REQUEST, "no previous version");
    backends.publish("reviews", "e4", InMemoryBackends.diff("reviews", new int[] {4}, 0.9));
    registrar.step(Duration.ZERO);
    assertThat(versions(lastAnnounced().aliases()))
        .as("a new version is taken as ever")
        .containsExactlyInAnyOrderEntriesOf(Map.of("champion", 4L, "previous", 2L));
  }

  @Test
  void aCanaryStandsBesideTheChampionUntilItIsPromotedOrWithdrawn() {
    AliasGeneration made = move(asked(Move.CANARY, 3).version(1L).weight(0.25));
    assertThat(versions(made.aliases()))
        .containsExactlyInAnyOrderEntriesOf(Map.of("champion", 3L, "previous", 2L, "canary", 1L));
    assertThat(Objects.requireNonNull(made.aliases().get("canary")).weight()).isEqualTo(0.25);
    made = move(asked(Move.PROMOTE, 4).version(1L));
    assertThat(versions(made.aliases()))
        .containsExactlyInAnyOrderEntriesOf(Map.of("champion", 1L, "previous", 3L));
    assertThat(Objects.requireNonNull(made.champion()).weight()).isNull();
    move(asked(Move.CANARY, 5).version(2L).weight(1.0));
    made = move(asked(Move.WITHDRAW, 6).version(2L));
    assertThat(versions(made.aliases()))
        .containsExactlyInAnyOrderEntriesOf(Map.of("champion", 1L, "previous", 3L));
  }

  @Test
  void aWithdrawalTakesTheWholeTaskOrAVersionOutOfService() {
    move(asked(Move.CANARY, 3).version(1L).weight(0.5));
    AliasGeneration made = move(asked(Move.WITHDRAW, 4).version(3L));
    assertThat(versions(made.aliases()))
        .as("nobody else becomes champion, and a canary needs one")
        .containsExactlyInAnyOrderEntriesOf(Map.of("previous", 2L));
    made = move(asked(Move.WITHDRAW, 5));
    assertThat(made.aliases()).isEmpty();
    assertThat(lastAnnounced().aliases()).isEmpty();
    refused(asked(Move.WITHDRAW, 6), ErrorCode.INVALID_REQUEST, "nothing serves it");
    refused(
        asked(Move.CANARY, 6).version(1L).weight(0.5),
        ErrorCode.INVALID_REQUEST,
        "there is none: promote");
    made = move(asked(Move.PROMOTE, 6).version(2L));
    assertThat(versions(made.aliases())).containsExactlyInAnyOrderEntriesOf(Map.of("champion", 2L));
  }

  @Test
  void aProvisionalGoesWithTheWholeTaskAndWithAPromotion() {
    withProvisional(4);
    assertThat(move(asked(Move.WITHDRAW, 4)).provisional()).isNull();
    withProvisional(6);
    assertThat(move(asked(Move.PROMOTE, 6).version(1L)).provisional()).isNull();
  }

  private void withProvisional(long generation) {
    AliasGeneration provisional =
        AliasGenerationBuilder.builder()
            .taskId("reviews")
            .generation(generation)
            .aliases(Map.of())
            .decidedThrough(3)
            .provisional(new Provisional("0".repeat(64), InMemoryBackends.BASE, "run-1"))
            .created(InMemoryBackends.NOW)
            .build();
    backends.store.put(ObjectKeys.aliases(TASK, generation), Json.write(provisional), Map.of());
  }

  @Test
  void aMoveAgainstAnOlderGenerationIsRefusedAndChangesNothing() {
    move(asked(Move.PROMOTE, 3).version(1L));
    Map<String, String> before = backends.registryObjects();
    refused(
        asked(Move.PROMOTE, 3).version(2L),
        ErrorCode.STALE_GENERATION,
        "task reviews is at generation 4 (promote by ada), the request saw 3");
    refused(asked(Move.ROLL_BACK, 5), ErrorCode.STALE_GENERATION, "at generation 4");
    assertThat(backends.registryObjects()).isEqualTo(before);
  }

  /** A registry that moved and died before it announced. */
  @Test
  void whatSomebodyDidNotKnowIsAnnounced() {
    AliasGeneration unannounced = moves.move(TASK, asked(Move.PROMOTE, 3).version(1L).build());
    registrar.step(Duration.ZERO);
    assertThat(lastAnnounced().generation()).isEqualTo(3);
    refused(asked(Move.ROLL_BACK, 3), ErrorCode.STALE_GENERATION, "at generation 4");
    registrar.overtaken(TASK);
    registrar.step(Duration.ZERO);
    assertThat(lastAnnounced()).isEqualTo(VersionAnnounced.of(unannounced));
  }

  @Test
  void aRepeatedRequestIsAnsweredByTheGenerationThatItMade() {
    MoveRequest request = asked(Move.PROMOTE, 3).version(1L).build();
    AliasGeneration made = moves.move(TASK, request);
    assertThat(moves.move(TASK, request)).isEqualTo(made);
    moves.move(TASK, asked(Move.ROLL_BACK, 4).build());
    assertThat(moves.move(TASK, request)).as("also when others followed").isEqualTo(made);
    MoveRequest another = MoveRequestBuilder.builder(request).version(2L).build();
    assertThatThrownBy(() -> moves.move(TASK, another))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining("request-1 made generation 4 of task reviews, another move")
        .extracting(e -> ((DiffstreamException) e).code())
        .isEqualTo(ErrorCode.INVALID_REQUEST);
  }

  /** Another registry moves between the reading of the newest generation and the writing. */
  @Test
  void whoLosesTheRaceIsRefused() {
    AtomicInteger puts = new AtomicInteger();
    ObjectStore raced =
        HookedStore.over(
            backends.store,
            (method, key) -> {
              if (method.equals("putIfAbsent") && puts.getAndIncrement() == 0) {
                moves.move(TASK, asked(Move.ROLL_BACK, 3).build());
              }
            });
    MoveRequest late = asked(Move.PROMOTE, 3).version(1L).build();
    assertThatThrownBy(() -> moves(raced).move(TASK, late))
        .hasMessageContaining("(roll-back by ada)");
    assertThat(backends.store.list(ObjectKeys.aliasesPrefix(TASK))).hasSize(4);
  }

  @Test
  void ofManyMovesAtOnceEachGenerationHasOneCause() throws Exception {
    List<Callable<Boolean>> callers = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      long version = 1 + i % 3;
      MoveRequestBuilder request = asked(Move.PROMOTE, 3 + i / 8).version(version);
      AliasMoves registry = moves(backends.store);
      callers.add(
          () -> {
            try {
              return registry.move(TASK, request.build()).generation() > 3;
            } catch (DiffstreamException refused) {
              return false;
            }
          });
    }
    int made = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<Boolean> answer : threads.invokeAll(callers)) {
        made += answer.get() ? 1 : 0;
      }
    }
    List<AliasGeneration> all =
        new MoveHistory(new AliasLog(backends.store, InstantSource.system()))
            .page(TASK, Long.MAX_VALUE, 100);
    assertThat(all).hasSize(3 + made);
    assertThat(all.stream().map(g -> Objects.requireNonNull(g.move()).requestId()).toList())
        .as("no request made two generations")
        .filteredOn(Objects::nonNull)
        .doesNotHaveDuplicates()
        .hasSize(made);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "promote   |   |      | 3 | promote needs a version",
        "promote   | 3 |      | 3 | version 3 is champion already",
        "promote   | 2 | 0.5  | 3 | weight is for canary alone",
        "canary    | 2 |      | 3 | canary needs a weight above 0 and at most 1, got: null",
        "canary    | 2 | 0    | 3 | canary needs a weight above 0 and at most 1, got: 0.0",
        "canary    | 2 | 1.01 | 3 | canary needs a weight above 0 and at most 1, got: 1.01",
        "canary    | 2 | NaN  | 3 | canary needs a weight above 0 and at most 1, got: NaN",
        "canary    | 3 | 0.5  | 3 | it can be no canary",
        "roll-back | 2 |      | 3 | takes no version",
        "withdraw  | 1 |      | 3 | version 1 stands under none of its aliases",
        "accept    | 1 |      | 3 | kind must be one of [promote, canary, roll-back, withdraw]",
        "promote   | 2 |      | 0 | generation must be that of the task's aliases",
      })
  void whatCannotBeMovedIsToldAndChangesNothing(
      String kind, Long version, Double weight, long generation, String reason) {
    Map<String, String> before = backends.registryObjects();
    refused(
        asked(kind, generation).version(version).weight(weight), ErrorCode.INVALID_REQUEST, reason);
    assertThat(backends.registryObjects()).isEqualTo(before);
  }

  @Test
  void unknownTasksVersionsAndRequestIdsOfAnotherForm() {
    refused(asked(Move.PROMOTE, 3).version(4L), ErrorCode.VERSION_UNKNOWN, "has no version 4");
    refused(asked(Move.PROMOTE, 3).version(-1L), ErrorCode.VERSION_UNKNOWN, "has no version -1");
    refused(
        asked(Move.ROLL_BACK, 3).requestId("two\nlines"),
        ErrorCode.INVALID_REQUEST,
        "visible ASCII");
    assertThatThrownBy(() -> moves.move(new TaskId("songs"), asked(Move.ROLL_BACK, 3).build()))
        .hasMessageStartingWith("TASK_UNKNOWN");
  }

  @Test
  void theHistoryTellsWhatServedWhen() {
    InstantSource[] clock = {InstantSource.fixed(InMemoryBackends.NOW)};
    AliasLog log = new AliasLog(backends.store, () -> clock[0].instant());
    AliasMoves later =
        new AliasMoves(log, new VersionLog(backends.store), new TombstoneLog(backends.store));
    MoveHistory history = new MoveHistory(log);
    Instant start = InMemoryBackends.NOW;
    for (int i = 0; i < 20; i++) {
      // now and then the clock of another registry is behind
      clock[0] = InstantSource.fixed(start.plusSeconds(i % 5 == 4 ? 10 * i - 300 : 10 * (i + 1)));
      later.move(TASK, asked(Move.PROMOTE, 3 + i).version(1 + i % 2L).build());
    }
    List<AliasGeneration> all = history.page(TASK, Long.MAX_VALUE, 100).reversed();
    assertThat(all).hasSize(23).isSortedAccordingTo((a, b) -> a.created().compareTo(b.created()));
    for (int second = -5; second < 220; second += 5) {
      Instant moment = start.plusSeconds(second);
      long expected =
          all.stream().filter(g -> !g.created().isAfter(moment)).count(); // oracle: look at each
      assertThat(history.at(TASK, moment).map(AliasGeneration::generation).orElse(0L))
          .as(moment.toString())
          .isEqualTo(expected);
    }
    assertThat(history.page(TASK, 23, 2))
        .extracting(AliasGeneration::generation)
        .containsExactly(22L, 21L);
  }

  private void refused(MoveRequestBuilder request, ErrorCode code, String reason) {
    assertThatThrownBy(() -> moves.move(TASK, request.build()))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining(reason)
        .extracting(e -> ((DiffstreamException) e).code())
        .isEqualTo(code);
  }
}
