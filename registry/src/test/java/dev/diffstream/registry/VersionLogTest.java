package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.catalog.VersionLog.Claim;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.registry.VersionRecordBuilder;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class VersionLogTest {
  private static final TaskId TASK = new TaskId("reviews");
  private final MemoryObjectStore store = new MemoryObjectStore();

  @Test
  void aSecondClaimOfAnEventReturnsTheFirst() {
    VersionLog log = new VersionLog(store);
    assertThat(claim(log, "a")).isEqualTo(new Claim(record(1, "a"), false));
    assertThat(claim(log, "b")).isEqualTo(new Claim(record(2, "b"), false));
    assertThat(claim(new VersionLog(store), "a")).isEqualTo(new Claim(record(1, "a"), true));
  }

  @Test
  void oneEventGetsOneVersionWhoeverClaims() throws Exception {
    int events = 40;
    List<Callable<Claim>> claims = new ArrayList<>();
    for (int copy = 0; copy < 4; copy++) {
      VersionLog registry = new VersionLog(store);
      for (int event = 0; event < events; event++) {
        String id = "event-" + event;
        claims.add(() -> claim(registry, id));
      }
    }
    List<Claim> results = inParallel(claims);
    assertThat(results).filteredOn(c -> !c.duplicate()).hasSize(events);
    List<VersionRecord> versions = new VersionLog(store).versions(TASK);
    assertThat(versions)
        .extracting(VersionRecord::version)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, events).boxed().toList());
    assertThat(versions).extracting(version -> version.event().id()).doesNotHaveDuplicates();
    for (Claim claim : results) {
      assertThat(versions.get((int) claim.version().version() - 1)).isEqualTo(claim.version());
    }
  }

  @Test
  void aliasesNeverLoseAMoveAndNeverGoBack() throws Exception {
    List<Callable<AliasGeneration>> moves = new ArrayList<>();
    for (int copy = 0; copy < 4; copy++) {
      AliasLog registry = new AliasLog(store, InstantSource.fixed(InMemoryBackends.NOW));
      for (long version = 1; version <= 20; version++) {
        VersionRecord next = record(version, "event-" + version);
        moves.add(() -> registry.advance(next, AliasLog.Entry.CHAMPION, Map.of()).newest());
      }
    }
    inParallel(moves);
    AliasLog log = new AliasLog(store, InstantSource.fixed(InMemoryBackends.NOW));
    AliasGeneration newest = log.newest(TASK).orElseThrow();
    assertThat(InMemoryBackends.at(newest.aliases(), "champion").version()).isEqualTo(20);
    long before = 0;
    for (long n = 1; n <= newest.generation(); n++) {
      byte[] bytes = store.get(ObjectKeys.aliases(TASK, n), 1 << 20).orElseThrow();
      AliasGeneration generation =
          dev.diffstream.schemas.json.Json.read(bytes, AliasGeneration.class, "generation " + n);
      long champion = InMemoryBackends.at(generation.aliases(), "champion").version();
      assertThat(champion).isGreaterThan(before);
      if (before > 0) {
        assertThat(InMemoryBackends.at(generation.aliases(), "previous").version())
            .isEqualTo(before);
      }
      before = champion;
    }
  }

  @Test
  void keysOfOtherFormsAreNoVersions() {
    store.put(ObjectKeys.versionsPrefix(TASK) + "upload.tmp", new byte[3], Map.of());
    assertThat(claim(new VersionLog(store), "a").version().version()).isEqualTo(1);
  }

  private static Claim claim(VersionLog log, String id) {
    return log.claim(TASK, "/test", id, 0, number -> record(number, id));
  }

  private static VersionRecord record(long number, String id) {
    return VersionRecordBuilder.builder()
        .taskId(TASK.value())
        .version(number)
        .digest(InMemoryBackends.BASE)
        .bytes(10)
        .baseDigest(InMemoryBackends.BASE)
        .event(new EventOrigin("/test", id, "diffstream.tasks/0/0"))
        .runId("run-" + id)
        .attempt(1)
        .report(ObjectKeys.report("run-" + id, 1))
        .objective("classification")
        .labels(List.of("no", "yes"))
        .method("diff-pruning")
        .precision("fp16")
        .features("mean")
        .parents(List.of())
        .density(0.001)
        .nonzeros(1)
        .metrics(Map.of("score", 0.9))
        .created(InMemoryBackends.NOW)
        .build();
  }

  private static <T> List<T> inParallel(List<Callable<T>> calls) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<T> results = new ArrayList<>();
      for (Future<T> future : threads.invokeAll(calls)) {
        results.add(future.get());
      }
      return results;
    }
  }
}
