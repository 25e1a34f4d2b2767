package dev.diffstream.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.worker.RecordingLog;
import dev.diffstream.worker.RecordingStore;
import dev.diffstream.worker.TinyWorld;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The handler of task events with a learner that has no tensor engine, in time of its own. */
class LearnerSeamTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final List<String> journal = new ArrayList<>();
  private final RecordingStore store = new RecordingStore(journal);
  private final RecordingLog log = new RecordingLog(journal);
  private final VirtualTime time = new VirtualTime();
  private final RetryPolicy retry = new RetryPolicy(Duration.ofMinutes(10), time);
  private final TaskHandler handler =
      new TaskHandler(
          new RunEnvironment(
              "w", "none", "1", store, log, retry, OpenTelemetry.noop(), InstantSource.fixed(NOW)),
          new StoringLearner());

  @Test
  void anEventIsBroughtToItsOutcomeWithoutWaiting() {
    store.away.set(8);
    log.away.set(3);
    handler.handle(event(), () -> true);

    RunReport report = Reports.of(store, RunIds.of("/test", "e"));
    assertThat(report.outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(report.finished()).isEqualTo(NOW);
    assertThat(log.events(Topics.DIFFS, DiffPublished.class)).containsExactly(report.published());
    assertThat(Duration.ofNanos(time.now)).isBetween(Duration.ofSeconds(10), Duration.ofMinutes(2));
  }

  @Test
  void anOutageThatOutlastsThePatienceEndsAtItsTime() {
    store.away.set(Integer.MAX_VALUE);
    assertThatThrownBy(() -> handler.handle(event(), () -> true))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
    assertThat(Duration.ofNanos(time.now)).isBetween(Duration.ofMinutes(9), Duration.ofMinutes(10));
  }

  private static Received event() {
    return new Received(
        Topics.TASKS,
        0,
        0,
        "t",
        TinyWorld.taskHeaders("e"),
        TinyWorld.task("x.jsonl", "").getBytes(UTF_8));
  }

  private static final class VirtualTime implements RetryPolicy.Waiting {
    private long now;

    @Override
    public long nanoTime() {
      return now;
    }

    @Override
    public void pause(Duration duration) {
      now += duration.toNanos();
    }

    @Override
    public boolean isStopping() {
      return false;
    }
  }

  private final class StoringLearner implements RunLearner {
    private final DiffStorage storage = new DiffStorage(store, null, retry);

    @Override
    public DiffPublished learn(Run run) {
      byte[] file = run.id().getBytes(UTF_8);
      return DiffPublishedBuilder.builder()
          .runId(run.id())
          .taskId(run.task().taskId())
          .eventSource(run.event().source())
          .eventId(run.event().id())
          .attempt(run.attempt())
          .digest(storage.put(file))
          .bytes(file.length)
          .baseDigest("0".repeat(64))
          .report(ObjectKeys.report(run.id(), run.attempt()))
          .build();
    }

    @Override
    public void forget(Run run) {}
  }
}
