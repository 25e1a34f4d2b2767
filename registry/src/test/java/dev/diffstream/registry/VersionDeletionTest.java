package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.registry.announce.AuditEntry;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.deletion.UnusedDiffs;
import dev.diffstream.registry.deletion.VersionDeletion;
import dev.diffstream.registry.fleet.Fleet;
import dev.diffstream.registry.move.AliasMoves;
import dev.diffstream.registry.move.MoveRequestBuilder;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.GatewayFarewell;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.event.GatewayResidencyBuilder;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.Tombstone;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Versions that are deleted, and when the bytes of their diffs are removed. */
final class VersionDeletionTest {
  private static final TaskId TASK = new TaskId("reviews");
  private static final Duration DAY = Duration.ofDays(1);
  private final InMemoryBackends backends = new InMemoryBackends();
  private final Registrar registrar = backends.registrar();
  private final List<DiffPublished> published = new ArrayList<>();
  private final TombstoneLog tombstones = new TombstoneLog(backends.store);
  private final Fleet fleet = new Fleet();
  private Instant now = InMemoryBackends.NOW;
  private final InstantSource clock = () -> now;
  private final UnusedDiffs unused = new UnusedDiffs(backends.store, tombstones, DAY, clock);
  private final VersionLog versions = new VersionLog(backends.store);
  private final AliasLog aliases = new AliasLog(backends.store, clock);
  private final VersionDeletion deletion =
      new VersionDeletion(
          versions,
          aliases,
          tombstones,
          clock,
          tombstone -> registrar.done(AuditEntry.of(tombstone)));

  /** Three versions: the third is champion, the second previous. */
  @BeforeEach
  void publishThreeVersions() {
    for (int version = 1; version <= 3; version++) {
      published.add(
          backends.publish(
              "reviews",
              "e" + version,
              InMemoryBackends.diff("reviews", new int[] {version}, 0.8 + version / 100.0)));
    }
    while (!registrar.recover(Duration.ZERO)) {
      assertThat(registrar.snapshot().ready()).isFalse();
    }
  }

  @AfterEach
  void close() {
    registrar.close();
  }

  private Tombstone delete(long version) {
    return deletion.delete(TASK, version, "ada", "request-1", "personal data");
  }

  private List<String> remove() {
    return remove(registrar.snapshot().runs().values());
  }

  private List<String> remove(Collection<RunView> runs) {
    Collection<TaskView> tasks = registrar.snapshot().tasks().values();
    List<String> first = unused.remove(tasks, runs, fleet);
    List<String> second = unused.remove(tasks, runs, fleet);
    assertThat(first).as("nothing is removed at first sight").isEmpty();
    return second;
  }

  private boolean isStored(int version) {
    return backends.store.stat(ObjectKeys.diff(published.get(version - 1).digest())).isPresent();
  }

  @Test
  void aDeletedVersionKeepsItsSlotAndIsNeverPromoted() {
    Tombstone tombstone = delete(1);
    assertThat(tombstone.digest()).isEqualTo(published.getFirst().digest());
    assertThat(tombstones.of(TASK)).containsExactly(tombstone);
    now = now.plusSeconds(60);
    assertThat(deletion.delete(TASK, 1, "bob", null, null)).as("again").isEqualTo(tombstone);
    assertThat(versions.versions(TASK)).hasSize(3);
    AliasMoves moves = new AliasMoves(aliases, versions, tombstones);
    assertThatThrownBy(
            () ->
                moves.move(
                    TASK,
                    MoveRequestBuilder.builder()
                        .kind(Move.PROMOTE)
                        .version(1L)
                        .generation(3)
                        .requestId("r")
                        .actor("ada")
                        .build()))
        .hasMessageStartingWith(ErrorCode.VERSION_UNKNOWN.name())
        .hasMessageContaining("was deleted by ada at 2026-01-02T03:04:05Z");
    backends.publish("reviews", "e1", InMemoryBackends.diff("reviews", new int[] {1}, 0.81));
    registrar.step(Duration.ZERO);
    assertThat(versions.versions(TASK)).as("its event makes no other").hasSize(3);
  }

  @Test
  void whatAnAliasNamesIsNotDeleted() {
    assertThatThrownBy(() -> delete(3)).hasMessageContaining("is its champion: promote another");
    assertThatThrownBy(() -> delete(2)).hasMessageContaining("is its previous");
    assertThatThrownBy(() -> delete(4)).hasMessageStartingWith("VERSION_UNKNOWN");
    assertThat(tombstones.of(TASK)).isEmpty();
  }

  @Test
  void theBytesFollowAfterTheDelayWithTheirSignatures() {
    String digest = published.getFirst().digest();
    backends.store.put(ObjectKeys.signature(digest, "0".repeat(64)), new byte[] {1}, Map.of());
    delete(1);
    now = now.plus(DAY).minusSeconds(1);
    assertThat(remove()).isEmpty();
    now = now.plusSeconds(1);
    assertThat(remove()).containsExactly(digest);
    assertThat(isStored(1)).isFalse();
    assertThat(backends.store.list("diffs/")).hasSize(2);
    assertThat(remove()).as("there is nothing left").isEmpty();
  }

  @Test
  void aRegistryThatReadsTheTopicsAgainRefusesNothing() {
    delete(1);
    now = now.plus(DAY);
    assertThat(remove()).hasSize(1);
    Map<String, String> before = backends.registryObjects();
    try (Registrar again = backends.registrar()) {
      assertThat(again.recover(Duration.ZERO)).isTrue();
      again.step(Duration.ZERO);
      assertThat(again.quarantine().size()).isZero();
    }
    assertThat(backends.registryObjects()).isEqualTo(before);
  }

  @Test
  void whatARunHasPublishedAgainStays() {
    delete(1);
    now = now.plus(DAY);
    RunView publishedAgain =
        RunView.of("run-x", "songs", now).withPublished(published.getFirst(), now);
    assertThat(remove(List.of(publishedAgain))).as("a version is about to name it").isEmpty();
    assertThat(remove(List.of(publishedAgain.withVersion(1, now)))).hasSize(1);
  }

  @Test
  void whatAGatewayServesStaysUntilItLetsGo() {
    delete(1);
    now = now.plus(DAY);
    fleet.onResidency(
        GatewayResidencyBuilder.builder()
            .gatewayId("g-1")
            .incarnation("a")
            .taskId("reviews")
            .generation(1)
            .version(1)
            .digest(published.getFirst().digest())
            .state(State.LOADED)
            .build(),
        now);
    assertThat(remove()).isEmpty();
    assertThat(isStored(1)).isTrue();
    fleet.onFarewell(new GatewayFarewell("g-1", "a", "stopping"), now);
    assertThat(remove()).hasSize(1);
  }

  @Test
  void theRegistryRemovesByItself() {
    delete(1);
    Instant[] later = {InMemoryBackends.NOW};
    try (Registrar again =
        new Registrar(
            backends.store,
            backends.log,
            InMemoryBackends.settings(),
            new dev.diffstream.registry.telemetry.RegistryCounters(),
            new dev.diffstream.registry.telemetry.RegistrySpans(
                io.opentelemetry.api.OpenTelemetry.noop()),
            () -> later[0])) {
      assertThat(again.recover(Duration.ZERO)).isTrue();
      later[0] = later[0].plus(DAY);
      again.step(Duration.ZERO);
      assertThat(isStored(1)).isTrue();
      later[0] = later[0].plus(Registrar.SWEEP_INTERVAL);
      again.step(Duration.ZERO);
      assertThat(isStored(1)).isFalse();
      assertThat(isStored(2)).isTrue();
      assertThat(isStored(3)).isTrue();
    }
  }
}
