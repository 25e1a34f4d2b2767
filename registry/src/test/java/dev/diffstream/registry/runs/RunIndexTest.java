package dev.diffstream.registry.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.event.RunFailedBuilder;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.registry.VersionRecordBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunIndexTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
  private static final List<String> STATES = List.of("running", "failed", "versioned");

  /** Every page of every filter is what a scan of all runs gives. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void pagesShowWhatAScanShows(long seed) {
    Random random = new Random(seed);
    RunIndex index = RunIndex.EMPTY;
    Map<String, RunView> all = new HashMap<>();
    for (int i = 0; i < 400; i++) {
      String id = "run-" + random.nextInt(60);
      if (random.nextInt(5) == 0) {
        index = index.minus(id);
        all.remove(id);
      } else {
        RunView run = run(random, id);
        index = index.plus(run);
        all.put(id, run);
      }
    }
    assertThat(index.byId()).isEqualTo(all);
    for (String state : STATES) {
      long expected = all.values().stream().filter(run -> run.state().equals(state)).count();
      assertThat(index.count(state)).isEqualTo((int) expected);
    }
    for (@Nullable String task : new @Nullable String[] {null, "", "task-1"}) {
      for (@Nullable String state : new @Nullable String[] {null, "failed"}) {
        RunFilter filter = new RunFilter(task, state, null);
        List<RunView> expected =
            all.values().stream()
                .filter(filter::fits)
                .sorted(
                    Comparator.comparing(RunView::started).reversed().thenComparing(RunView::runId))
                .toList();
        assertThat(paged(index, filter, 7)).isEqualTo(expected);
      }
    }
  }

  private static List<RunView> paged(RunIndex index, RunFilter filter, int limit) {
    List<RunView> read = new ArrayList<>();
    @Nullable RunCursor after = null;
    while (true) {
      List<RunView> page = index.page(filter, after, limit);
      read.addAll(page);
      if (page.size() < limit) {
        return read;
      }
      after = RunCursor.parse(RunCursor.of(page.getLast()).text());
    }
  }

  private static RunView run(Random random, String id) {
    Instant time = START.plusSeconds(random.nextInt(30));
    RunView run = RunView.of(id, "task-" + random.nextInt(3), time);
    return switch (random.nextInt(3)) {
      case 0 -> run;
      case 1 -> failed(run, time);
      default -> run.withVersion(1, time);
    };
  }

  private static RunView failed(RunView run, Instant time) {
    return run.withFailure(
        RunFailedBuilder.builder()
            .runId(run.runId())
            .taskId(run.taskId())
            .errorCode(FailureCode.of(ErrorCode.INVALID_RECORD))
            .message("line 3")
            .build(),
        time);
  }

  @Test
  void aStateThatWasReadStaysAsItWas() {
    RunIndex before = RunIndex.EMPTY.plus(RunView.of("run-1", "songs", START));
    RunIndex after = before.plus(RunView.of("run-1", "songs", START).withVersion(1, START));
    assertThat(before.count("running")).isEqualTo(1);
    assertThat(before.find("run-1")).get().extracting(RunView::version).isEqualTo(0L);
    assertThat(after.count("running")).isZero();
    assertThat(after.count("versioned")).isEqualTo(1);
  }

  @Test
  void aCursorOfAnotherFormIsRefused() {
    for (String text : List.of("", "run-1", "yesterday,run-1", ",run-1")) {
      assertThatThrownBy(() -> RunCursor.parse(text))
          .hasMessageStartingWith("INVALID_REQUEST: after must be the \"next\" of a page before");
    }
  }

  @Test
  void ofRunsThatHaveEndedTheOnesThatSpokeLastAreKept() {
    RunLedger ledger = new RunLedger(3);
    for (int i = 1; i <= 10; i++) {
      ledger.onVersion(version("run-" + i, i));
    }
    ledger.onVersion(version("run-0", 0));
    assertThat(ledger.index().byId()).containsOnlyKeys("run-8", "run-9", "run-10");
    assertThat(ledger.hasDiff("run-2")).as("its version is known").isTrue();
    assertThat(ledger.index().find("run-2"))
        .get()
        .satisfies(run -> assertThat(run.version()).isEqualTo(2));
    ledger.onVersionGone(version("run-2", 2));
    assertThat(ledger.hasDiff("run-2")).isFalse();
    ledger.onVersionGone(version("run-9", 9));
    assertThat(ledger.index().find("run-9")).get().extracting(RunView::version).isEqualTo(0L);
  }

  private static VersionRecord version(String run, int number) {
    return VersionRecordBuilder.builder()
        .taskId("songs")
        .version(Math.max(1, number))
        .digest("a".repeat(64))
        .bytes(1)
        .baseDigest("b".repeat(64))
        .event(new EventOrigin("/test", run, "t/0/0"))
        .runId(run)
        .attempt(1)
        .report("r")
        .objective("classification")
        .labels(List.of())
        .method("m")
        .precision("fp16")
        .features("mean")
        .parents(List.of())
        .density(0.1)
        .nonzeros(1)
        .metrics(Map.of())
        .created(START.plusSeconds(number))
        .build();
  }
}
