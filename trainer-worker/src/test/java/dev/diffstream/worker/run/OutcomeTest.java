package dev.diffstream.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.base.Base;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.worker.RecordingLog;
import dev.diffstream.worker.RecordingStore;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataLimits;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.checkpoint.Checkpoints;
import dev.diffstream.worker.learning.diffpruning.DiffPruning;
import dev.diffstream.worker.training.Trainer;
import dev.diffstream.worker.training.TrainingEnvironment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In which order a run's outcome becomes durable, and what outages do to it. */
class OutcomeTest {
  private static final Base BASE = TinyWorld.base();
  private static final String RUN = RunIds.of("/test", "e");

  private final List<String> journal = Collections.synchronizedList(new ArrayList<>());
  private final RecordingStore store = new RecordingStore(journal);
  private final RecordingLog log = new RecordingLog(journal);
  private final CountDownLatch stopped = new CountDownLatch(1);

  @AfterAll
  static void close() {
    BASE.close();
  }

  @BeforeEach
  void data() {
    put("good.jsonl", TinyWorld.learnable(160));
    put("few.jsonl", TinyWorld.learnable(19));
    put("one.csv", ("text,label\n" + "same words,a\n".repeat(40)).getBytes(UTF_8));
    put("other.jsonl", "{\"text\":\"new\",\"label\":\"unseen\"}".getBytes(UTF_8));
    journal.clear();
  }

  @Test
  void theSignatureIsDurableBeforeTheDiffIsAnnounced() {
    SigningKey key = SigningKey.generate();
    handler(Duration.ZERO, new DiffPruning(2), key).handle(event(0, good("")), () -> true);
    DiffPublished published = log.events(Topics.DIFFS, DiffPublished.class).get(0);
    assertThat(journal)
        .containsExactly(
            "put " + ObjectKeys.attempt(RUN, 1),
            "put " + ObjectKeys.diff(published.digest()),
            "put " + ObjectKeys.signature(published.digest(), key.verificationKey().id()),
            "put " + ObjectKeys.provenance(RUN, 1),
            "put " + ObjectKeys.report(RUN, 1),
            "send " + Topics.DIFFS);
    new TrustedKeys(List.of(key.verificationKey())).check(published.digest(), store::get);
  }

  @Test
  void theDiffIsDurableThenTheReportThenItIsAnnounced() {
    handler(Duration.ZERO).handle(event(0, good("")), () -> true);
    DiffPublished published = log.events(Topics.DIFFS, DiffPublished.class).get(0);
    assertThat(journal)
        .containsExactly(
            "put " + ObjectKeys.attempt(RUN, 1),
            "put " + ObjectKeys.diff(published.digest()),
            "put " + ObjectKeys.provenance(RUN, 1),
            "put " + ObjectKeys.report(RUN, 1),
            "send " + Topics.DIFFS);
    assertThat(published.runId()).isEqualTo(RUN);
    assertThat(published.eventId()).isEqualTo("e");
  }

  @Test
  void warningsAboutTheDataStandInTheReport() {
    String task = good("").replace("\"data\":{", "\"data\":{\"columns\":{\"textPair\":\"b\"},");
    handler(Duration.ZERO).handle(event(0, task), () -> true);
    assertThat(report().warnings())
        .contains("data.columns.textPair is not read for the objective classification");
  }

  @Test
  void progressNeverStepsBack() {
    handler(Duration.ZERO).handle(event(0, good("")), () -> true);
    double share = 0;
    for (RunProgressed progress : log.events(Topics.RUNS, RunProgressed.class)) {
      assertThat(progress.share()).isBetween(share, 1.0);
      assertThat(progress.runId()).isEqualTo(RUN);
      share = progress.share();
    }
    assertThat(share).isEqualTo(1);
  }

  /** Sent side by side, the older of two could come last. */
  @Test
  void aSlowBrokerIsSentOneProgressEventAtATime() {
    log.firstProgressWaits.set(Duration.ofMillis(300));
    handler(Duration.ZERO).handle(event(0, good("")), () -> true);
    assertThat(journal).isNotEmpty().doesNotContain("progress overlaps");
  }

  @Test
  void aFailureIsReportedThenAnnouncedThenSetAsideAndAgainWhenItIsRedelivered() {
    TaskHandler handler = handler(Duration.ZERO);
    handler.handle(event(0, with("few.jsonl", "")), () -> true);
    List<String> outcome =
        List.of(
            "put " + ObjectKeys.report(RUN, 1),
            "send " + Topics.RUNS,
            "send " + Topics.TASKS_DEAD_LETTERS);
    assertThat(journal.subList(1, journal.size())).isEqualTo(outcome);
    journal.clear();
    handler.handle(event(0, with("few.jsonl", "")), () -> true);
    assertThat(journal).isEqualTo(outcome.subList(1, 3));
    List<RunFailed> failures = log.events(Topics.RUNS, RunFailed.class);
    assertThat(failures).hasSize(2);
    assertThat(failures.get(1)).isEqualTo(failures.get(0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "few.jsonl   |                                              | TOO_FEW_EXAMPLES",
        "one.csv     |                                              | TOO_FEW_EXAMPLES",
        "good.jsonl  | 'density':0.05,'method':'magic'              | INVALID_EVENT",
        "good.jsonl  | 'settings':{'stage1Steps':10}                | INVALID_EVENT",
        "good.jsonl  | 'settings':{'batchSize':16.5}                | INVALID_EVENT",
        "good.jsonl  | 'settings':{'batchSize':'large'}             | INVALID_EVENT",
        "good.jsonl  | 'density':2                                  | INVALID_EVENT",
        "good.jsonl  | 'precision':'fp8'                            | INVALID_EVENT",
        "good.jsonl  | 'objective':'pair-classification'            | INVALID_RECORD",
      })
  void everyFailureHasOneCodeEverywhereAndNothingIsPublished(
      String file, String more, ErrorCode code) {
    handler(Duration.ZERO).handle(event(0, with(file, more == null ? "" : more)), () -> true);
    assertFailed(code);
  }

  @Test
  void aLabelThatOnlyTheTestRowsHaveFailsTheRun() {
    String task = with("good.jsonl", "");
    handler(Duration.ZERO)
        .handle(
            event(
                0, task.replace("\"data\":{", "\"data\":{\"test\":\"tasks/t/data/other.jsonl\",")),
            () -> true);
    assertFailed(ErrorCode.LABEL_MISMATCH);
  }

  @ParameterizedTest
  @CsvSource({
    "dev.diffstream.task.submitted.v2, UNSUPPORTED_VERSION",
    "dev.diffstream.run.failed.v1, INVALID_EVENT",
    "com.example.other, INVALID_EVENT"
  })
  void anEventOfAnotherTypeIsNamedByItsPlace(String type, ErrorCode code) {
    Received event = event(5, good(""));
    Map<String, String> headers = new HashMap<>(event.headers());
    headers.put("ce_type", type);
    handler(Duration.ZERO)
        .handle(new Received(Topics.TASKS, 0, 5, "t", headers, event.value()), () -> true);
    assertFailed(code);
    assertThat(log.events(Topics.RUNS, RunFailed.class).get(0).runId())
        .isEqualTo(RunIds.ofPlace(Topics.TASKS, 0, 5));
  }

  @Test
  void aRecordWithoutAnythingReadableIsSetAsideToo() {
    byte[] bytes = {(byte) 0xff, 0, 1};
    handler(Duration.ZERO)
        .handle(new Received(Topics.TASKS, 0, 6, "", Map.of(), bytes), () -> true);
    assertFailed(ErrorCode.INVALID_EVENT);
    assertThat(log.events(Topics.RUNS, RunFailed.class).get(0).taskId()).isEqualTo("unknown");
    assertThat(log.records(Topics.TASKS_DEAD_LETTERS).get(0).value()).isEqualTo(bytes);
  }

  @Test
  void aStoreThatIsAwayForAWhileIsWaitedFor() {
    store.away.set(3);
    handler(Duration.ofSeconds(30)).handle(event(0, good("")), () -> true);
    assertThat(report().outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(report().attempt()).isEqualTo(1);
  }

  @Test
  void aStoreThatBreaksOffWhileDataIsReadIsAskedAgain() {
    store.breaking.set(1);
    handler(Duration.ofSeconds(30)).handle(event(0, good("")), () -> true);
    assertThat(report().outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);

    store.breaking.set(1);
    assertRetryable(() -> handler(Duration.ZERO).handle(named("e-2", 1, good("")), () -> true));
    assertThat(log.records(Topics.TASKS_DEAD_LETTERS)).isEmpty();
  }

  @Test
  void aBrokerThatIsAwayAfterTheReportSendsTheEventBackAndTheNextDeliveryTrainsNothing() {
    log.away.set(1);
    assertRetryable(() -> handler(Duration.ZERO).handle(event(0, good("")), () -> true));
    assertThat(report().outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(log.records(Topics.DIFFS)).isEmpty();
    journal.clear();
    handler(Duration.ZERO).handle(event(0, good("")), () -> true);
    assertThat(journal).containsExactly("send " + Topics.DIFFS);
  }

  @Test
  void aBrokerThatIsAwayForAWhileIsWaitedFor() {
    log.away.set(2);
    handler(Duration.ofSeconds(30)).handle(event(0, with("few.jsonl", "")), () -> true);
    assertFailed(ErrorCode.TOO_FEW_EXAMPLES);
  }

  @Test
  void aWorkerThatStopsGivesTheEventBackAtOnce() {
    stopped.countDown();
    store.away.set(1);
    long before = System.nanoTime();
    assertRetryable(() -> handler(Duration.ofMinutes(10)).handle(event(0, good("")), () -> true));
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void aMethodThatCrashesTwiceFailsTheRunWithItsFault() {
    LearningMethod broken =
        new LearningMethod() {
          @Override
          public String name() {
            return "diff-pruning";
          }

          @Override
          public LearnedDiff learn(
              LearningTask task, LearningProgress progress, Checkpoints checkpoints) {
            throw new IllegalStateException("a defect");
          }
        };
    TaskHandler crashing = handler(Duration.ZERO, broken);
    crashing.handle(event(0, good("")), () -> true);
    assertThat(journal)
        .containsExactly(
            "put " + ObjectKeys.attempt(RUN, 1),
            "put " + ObjectKeys.report(RUN, 1),
            "put " + ObjectKeys.attempt(RUN, 2),
            "put " + ObjectKeys.report(RUN, 2),
            "put " + ObjectKeys.attempt(RUN, 3),
            "put " + ObjectKeys.report(RUN, 3),
            "send " + Topics.RUNS,
            "send " + Topics.TASKS_DEAD_LETTERS);
    assertFailed(ErrorCode.WORKER_LOST);
    assertThat(Reports.message(report())).contains("a defect");
  }

  @Test
  void theSameTaskAndDataGiveTheSameDiffWhateverTheEvent() {
    handler(Duration.ZERO).handle(event(0, good("")), () -> true);
    handler(Duration.ZERO).handle(named("e-2", 1, good("")), () -> true);
    List<DiffPublished> published = log.events(Topics.DIFFS, DiffPublished.class);
    assertThat(published).hasSize(2);
    assertThat(published.get(1).digest()).isEqualTo(published.get(0).digest());
    assertThat(published.get(1).runId()).isNotEqualTo(published.get(0).runId());
  }

  @Test
  void unknownSettingsAndCutTextsAreWarnings() {
    handler(Duration.ZERO)
        .handle(
            event(
                0,
                good(",\"learningRate\":3,\"maxTokens\":8")
                    .replace("\"taskId\"", "\"provisional\":\"never\",\"taskId\"")),
            () -> true);
    assertThat(report().warnings())
        .hasSize(2)
        .anyMatch(w -> w.contains("cut to 8 tokens"))
        .anyMatch(w -> w.contains("learningRate"));
  }

  @Test
  void textsThatAreHeldOutTooAreLeftOutWithAWarning() {
    byte[] rows = TinyWorld.learnable(160);
    String first = new String(rows, UTF_8).lines().limit(20).collect(Collectors.joining("\n"));
    put("test.jsonl", first.getBytes(UTF_8));
    String task =
        good("").replace("good.jsonl\"", "good.jsonl\",\"test\":\"tasks/t/data/test.jsonl\"");
    handler(Duration.ZERO).handle(event(0, task), () -> true);
    assertThat(report().warnings())
        .containsExactly("20 rows were left out of train or dev: their texts are held out");
    assertThat(Reports.examples(report())).containsEntry("test", 20);
    assertThat(Reports.examples(report()).values().stream().mapToInt(Integer::intValue).sum())
        .isEqualTo(160);
  }

  private void assertFailed(ErrorCode code) {
    List<RunFailed> failures = log.events(Topics.RUNS, RunFailed.class);
    assertThat(failures).hasSize(1);
    RunFailed failed = failures.get(0);
    assertThat(failed.errorCode().orUnsupported()).as(failed.message()).isEqualTo(code);
    List<Received> letters = log.records(Topics.TASKS_DEAD_LETTERS);
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0).headers())
        .containsEntry("diffstream_error_code", code.name())
        .containsEntry("diffstream_error_message", failed.message())
        .containsEntry("diffstream_run_id", failed.runId());
    RunReport report = Reports.of(store, failed.runId());
    assertThat(report.outcome()).isEqualTo(RunReport.Outcome.FAILED);
    assertThat(Reports.code(report)).isEqualTo(code);
    assertThat(Reports.message(report)).isEqualTo(failed.message());
    assertThat(log.records(Topics.DIFFS)).isEmpty();
    assertThat(journal).noneMatch(line -> line.startsWith("put diffs/"));
    assertThat(BASE.currentDigest()).isEqualTo(BASE.digest());
  }

  private static void assertRetryable(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code().retryable()).isTrue());
  }

  private TaskHandler handler(Duration patience) {
    return handler(patience, new DiffPruning(2));
  }

  private TaskHandler handler(Duration patience, LearningMethod method) {
    return handler(patience, method, null);
  }

  private TaskHandler handler(
      Duration patience, LearningMethod method, @Nullable SigningKey signingKey) {
    return Trainer.handler(
        TrainingEnvironment.onProcessor()
            .workerId("w")
            .base(BASE)
            .store(store)
            .log(log)
            .dataSets(
                new DataSetReader(store, new DataLocation("b", List.of()), DataLimits.DEFAULT))
            .methods(List.of(method))
            .signingKey(signingKey)
            .retry(new RetryPolicy(patience, stopped))
            .build());
  }

  private RunReport report() {
    return Reports.of(store, RUN);
  }

  private void put(String name, byte[] bytes) {
    store.put("tasks/t/data/" + name, bytes, Map.of());
  }

  private static Received event(long offset, String data) {
    return named("e", offset, data);
  }

  private static Received named(String id, long offset, String data) {
    return new Received(
        Topics.TASKS, 0, offset, "t", TinyWorld.taskHeaders(id), data.getBytes(UTF_8));
  }

  private static String good(String moreSettings) {
    return TinyWorld.task("good.jsonl", moreSettings);
  }

  /** A task whose JSON also says {@code more}, written with single quotes. */
  private static String with(String file, String more) {
    String own = more.replace('\'', '"');
    String objective = own.contains("objective") ? "" : "\"objective\":\"classification\",";
    return "{\"taskId\":\"t\","
        + objective
        + (own.isEmpty() ? "" : own + ",")
        + "\"data\":{\"train\":\"tasks/t/data/"
        + file
        + "\"}}";
  }
}
