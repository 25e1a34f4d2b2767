package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.ParallelReads;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.move.AliasMoves;
import dev.diffstream.registry.move.MoveRequestBuilder;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.SnapshotManifest;
import dev.diffstream.service.Quarantine;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Registries that begin with a snapshot, whatever it is worth. */
final class SnapshotStartTest {
  private static final TaskId SONGS = new TaskId("songs");

  private final InMemoryBackends backends = new InMemoryBackends();
  private final List<String> read = new ArrayList<>();
  private final RegistryCounters counters = new RegistryCounters();
  private Instant now = InMemoryBackends.NOW;

  private Registrar registrar(ObjectStore store) {
    ObjectStore watched =
        HookedStore.over(
            store,
            (method, key) -> {
              if (method.equals("get") || method.equals("list") || method.equals("entries")) {
                read.add(key);
              }
            });
    return new Registrar(
        watched,
        backends.log,
        InMemoryBackends.settings(),
        counters,
        new RegistrySpans(OpenTelemetry.noop()),
        () -> now);
  }

  private Registrar started() {
    Registrar registrar = registrar(backends.store);
    assertThat(registrar.recover(Duration.ZERO)).isTrue();
    return registrar;
  }

  /** Versions of two tasks, and a snapshot of them. */
  private void writeSnapshot() {
    publish("songs", "e1", 0.8);
    publish("books", "e2", 0.8);
    try (Registrar registrar = started()) {
      registrar.step(Duration.ZERO);
      assertThat(manifests()).isEmpty();
      now = now.plus(SnapshotKeeper.FIRST);
      registrar.step(Duration.ZERO);
      assertThat(manifests()).hasSize(1);
    }
    read.clear();
  }

  private void publish(String task, String event, double score) {
    int[] positions = {Math.floorMod(event.hashCode(), 1_000)};
    backends.publish(task, event, InMemoryBackends.diff(task, positions, score));
  }

  private List<SnapshotManifest> manifests() {
    return backends
        .store
        .list(ObjectKeys.snapshotsPrefix())
        .filter(key -> ObjectKeys.manifestNumber(key).isPresent())
        .map(
            key ->
                Json.read(
                    backends.store.get(key, 1 << 20).orElseThrow(), SnapshotManifest.class, key))
        .toList();
  }

  private static long generation(Registrar registrar, String task) {
    return InMemoryBackends.at(registrar.snapshot().tasks(), task).generation();
  }

  private List<Long> announced(String task) {
    return backends.events(Topics.ANNOUNCEMENTS, VersionAnnounced.class).stream()
        .filter(announced -> announced.taskId().equals(task))
        .map(VersionAnnounced::generation)
        .toList();
  }

  @Test
  void aStartReadsTheSnapshotInPlaceOfTheBucket() {
    writeSnapshot();
    publish("songs", "e3", 0.9);
    try (Registrar registrar = started()) {
      assertThat(generation(registrar, "books")).isEqualTo(1);
      assertThat(generation(registrar, "songs")).as("from the topic's position on").isEqualTo(2);
      assertThat(registrar.snapshot().runIndex().count("versioned")).isEqualTo(3);
      assertThat(read).noneMatch(key -> key.startsWith(ObjectKeys.taskPrefix(new TaskId("books"))));
      assertThat(counters.duplicates().sum()).as("what was settled is not read again").isZero();
      registrar.step(Duration.ZERO);
      registrar.step(Duration.ZERO);
      assertThat(read).contains(ObjectKeys.tasksPrefix(), ObjectKeys.runsPrefix());
      assertThat(registrar.mustBeginAnew()).isFalse();
    }
    assertThat(announced("songs")).containsExactly(1L, 2L);
    assertThat(announced("books")).containsExactly(1L);
  }

  @Test
  void whatTheBucketHasBeyondTheSnapshotIsFoundAndAnnounced() {
    writeSnapshot();
    InMemoryBackends other = new InMemoryBackends();
    for (String event : List.of("e1", "e4")) {
      other.publish("songs", event, InMemoryBackends.diff("songs", positions(event), 0.9));
    }
    try (Registrar dying = other.registrar()) {
      assertThat(dying.recover(Duration.ZERO)).isTrue();
    }
    copyFrom(other.store, ObjectKeys.version(SONGS, 2));
    copyFrom(other.store, ObjectKeys.aliases(SONGS, 2));
    try (Registrar registrar = started()) {
      assertThat(generation(registrar, "songs")).isEqualTo(1);
      registrar.step(Duration.ZERO);
      registrar.step(Duration.ZERO);
      assertThat(generation(registrar, "songs")).isEqualTo(2);
      assertThat(registrar.mustBeginAnew()).isFalse();
    }
    assertThat(announced("songs")).containsExactly(1L, 2L);
  }

  private static int[] positions(String event) {
    return new int[] {Math.floorMod(event.hashCode(), 1_000)};
  }

  private void copyFrom(MemoryObjectStore from, String key) {
    backends.store.put(key, from.get(key, 1 << 20).orElseThrow(), Map.of());
  }

  /** What may befall the newest snapshot. */
  enum Damage {
    CUT_OFF,
    ONE_BIT,
    TASKS_GONE,
    MANIFEST_CUT_OFF,
    OTHER_POSITIONS
  }

  @ParameterizedTest
  @EnumSource(Damage.class)
  void ofADamagedSnapshotTheLowerOneIsUsed(Damage damage) {
    writeSnapshot();
    publish("songs", "e3", 0.9);
    try (Registrar registrar = started()) {
      now = now.plus(SnapshotKeeper.FIRST);
      registrar.step(Duration.ZERO);
      registrar.step(Duration.ZERO);
    }
    SnapshotManifest newest = manifests().getLast();
    assertThat(newest.number()).isEqualTo(2);
    damage(newest, damage);
    try (Registrar registrar = started()) {
      assertThat(registrar.quarantine().entries(5))
          .singleElement()
          .satisfies(
              entry -> {
                assertThat(entry.key()).isEqualTo(ObjectKeys.snapshotManifest(2));
                assertThat(entry.code()).isIn(ErrorCode.DIGEST_MISMATCH, ErrorCode.INVALID_EVENT);
              });
      assertThat(generation(registrar, "songs")).isEqualTo(2);
      publish("songs", "e5", 0.95);
      registrar.step(Duration.ZERO);
      now = now.plus(SnapshotKeeper.FIRST);
      registrar.step(Duration.ZERO);
      registrar.step(Duration.ZERO);
      assertThat(registrar.quarantine().size()).as("another took its place").isZero();
    }
    assertThat(announced("songs")).containsExactly(1L, 2L, 3L);
  }

  private void damage(SnapshotManifest manifest, Damage damage) {
    String manifestKey = ObjectKeys.snapshotManifest(manifest.number());
    byte[] tasks = backends.store.get(manifest.key(), 1 << 20).orElseThrow();
    byte[] text = backends.store.get(manifestKey, 1 << 20).orElseThrow();
    switch (damage) {
      case CUT_OFF ->
          backends.store.put(manifest.key(), Arrays.copyOf(tasks, tasks.length / 2), Map.of());
      case ONE_BIT -> {
        tasks[tasks.length / 2] ^= 4;
        backends.store.put(manifest.key(), tasks, Map.of());
      }
      case TASKS_GONE -> backends.store.delete(manifest.key());
      case MANIFEST_CUT_OFF ->
          backends.store.put(manifestKey, Arrays.copyOf(text, text.length / 2), Map.of());
      case OTHER_POSITIONS -> {
        String other = new String(text).replaceAll("\"next\":\\{\"0\":\\d+", "\"next\":{\"0\":9");
        backends.store.put(manifestKey, other.getBytes(), Map.of());
      }
    }
  }

  @Test
  void onlyTheLastFewAreKept() {
    writeSnapshot();
    for (int i = 0; i < 6; i++) {
      try (Registrar registrar = started()) {
        publish("songs", "n" + i, 0.9 + i / 100.0);
        registrar.step(Duration.ZERO);
        now = now.plus(SnapshotKeeper.FIRST);
        registrar.step(Duration.ZERO);
      }
    }
    assertThat(manifests()).extracting(SnapshotManifest::number).containsExactly(5L, 6L, 7L);
    assertThat(backends.store.list(ObjectKeys.snapshotsPrefix())).hasSize(6);
  }

  /** The bucket was put back to a state from before the snapshot; the snapshots were not. */
  @Test
  void aSnapshotOfWhatTheBucketDoesNotHaveIsNotBelieved() {
    publish("songs", "e1", 0.8);
    try (Registrar registrar = started()) {
      assertThat(generation(registrar, "songs")).isEqualTo(1);
    }
    Map<String, String> old = backends.registryObjects();
    publish("songs", "e3", 0.9);
    publish("books", "e4", 0.9);
    try (Registrar registrar = started()) {
      registrar.moved(rolledBack());
      registrar.step(Duration.ZERO);
      now = now.plus(SnapshotKeeper.FIRST);
      registrar.step(Duration.ZERO);
    }
    assertThat(announced("songs")).containsExactly(1L, 2L, 3L);
    backends.registryObjects().keySet().stream()
        .filter(key -> !old.containsKey(key))
        .forEach(backends.store::delete);

    RegistrarLoop loop = new RegistrarLoop(() -> registrar(backends.store), counters);
    for (int i = 0; i < 20; i++) {
      loop.step();
    }
    assertThat(loop.snapshot().ready()).isTrue();
    assertThat(manifests()).as("none of them is used again").isEmpty();
    assertThat(InMemoryBackends.at(loop.snapshot().tasks(), "books").versions())
        .as("its event is settled anew")
        .hasSize(1);
    AliasGeneration newest =
        java.util.Objects.requireNonNull(
            InMemoryBackends.at(loop.snapshot().tasks(), "songs").aliases());
    assertThat(announced("songs").getLast()).isEqualTo(newest.generation());
    assertThat(newest.generation()).as("above what was announced").isGreaterThan(3);
    loop.disconnect();
  }

  private AliasGeneration rolledBack() {
    AliasLog aliases = new AliasLog(backends.store, () -> now);
    return new AliasMoves(aliases, new VersionLog(backends.store), new TombstoneLog(backends.store))
        .move(
            SONGS,
            MoveRequestBuilder.builder()
                .kind(Move.ROLL_BACK)
                .generation(2)
                .requestId("r-1")
                .actor("ada")
                .build());
  }

  /** The same keys, and other content: as where a bucket was emptied and filled again. */
  @Test
  void aForeignSnapshotIsNotBelieved() {
    writeSnapshot();
    InMemoryBackends other = new InMemoryBackends();
    other.publish("songs", "x1", InMemoryBackends.diff("songs", new int[] {77}, 0.7));
    other.publish("books", "x2", InMemoryBackends.diff("books", new int[] {78}, 0.7));
    try (Registrar registrar = other.registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
    }
    backends
        .store
        .list("snapshots/")
        .toList()
        .forEach(
            key -> other.store.put(key, backends.store.get(key, 1 << 20).orElseThrow(), Map.of()));

    RegistrarLoop loop =
        new RegistrarLoop(
            () ->
                new Registrar(
                    other.store,
                    other.log,
                    InMemoryBackends.settings(),
                    counters,
                    new RegistrySpans(OpenTelemetry.noop()),
                    () -> now),
            counters);
    for (int i = 0; i < 20; i++) {
      loop.step();
    }
    assertThat(loop.snapshot().ready()).isTrue();
    assertThat(InMemoryBackends.at(loop.snapshot().tasks(), "songs").versions())
        .singleElement()
        .satisfies(version -> assertThat(version.event().id()).isEqualTo("x1"));
    assertThat(other.store.list("snapshots/")).isEmpty();
    assertThat(loop.quarantine().entries(5)).extracting(Quarantine.Entry::key).isEmpty();
    loop.disconnect();
  }

  @Test
  void rebuildMakesSnapshotAndAnnouncementsFromTheBucketAlone() {
    writeSnapshot();
    InMemoryBackends empty = new InMemoryBackends();
    backends.store.list("tasks/").toList().forEach(key -> copy(empty, key));
    RegistryRebuild rebuild =
        new RegistryRebuild(
            empty.store,
            empty.log,
            "registry-1",
            () -> now,
            ParallelReads.upTo(4),
            said -> assertThat(said).isNotBlank());
    RegistryRebuild.Result dry = rebuild.run(true);
    assertThat(dry.tasks()).isEqualTo(2);
    assertThat(dry.versions()).isEqualTo(2);
    assertThat(dry.lacking()).isEqualTo(2);
    assertThat(dry.snapshot()).isZero();
    assertThat(empty.records(Topics.ANNOUNCEMENTS)).isEmpty();
    assertThat(empty.store.list("snapshots/")).isEmpty();

    RegistryRebuild.Result done = rebuild.run(false);
    assertThat(done.lacking()).isEqualTo(2);
    assertThat(done.snapshot()).isEqualTo(1);
    assertThat(empty.events(Topics.ANNOUNCEMENTS, VersionAnnounced.class))
        .extracting(VersionAnnounced::taskId)
        .containsExactlyInAnyOrder("books", "songs");
    assertThat(rebuild.run(false).lacking()).isZero();
    try (Registrar registrar = empty.registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      assertThat(registrar.snapshot().tasks()).hasSize(2);
      registrar.step(Duration.ZERO);
      registrar.step(Duration.ZERO);
      assertThat(registrar.mustBeginAnew()).isFalse();
      assertThat(registrar.quarantine().size()).isZero();
    }
    assertThat(empty.records(Topics.ANNOUNCEMENTS)).hasSize(2);
  }

  @Test
  void rebuildNamesTasksThatCannotBeRead() {
    writeSnapshot();
    backends.store.put(ObjectKeys.version(SONGS, 1), new byte[] {'{'}, Map.of());
    RegistryRebuild.Result result =
        new RegistryRebuild(
                backends.store,
                backends.log,
                "registry-1",
                () -> now,
                ParallelReads.NONE,
                said -> {})
            .run(false);
    assertThat(result.unreadable()).containsExactly("songs");
    assertThat(result.tasks()).isEqualTo(1);
  }

  private void copy(InMemoryBackends to, String key) {
    to.store.put(key, backends.store.get(key, 1 << 20).orElseThrow(), Map.of());
  }
}
