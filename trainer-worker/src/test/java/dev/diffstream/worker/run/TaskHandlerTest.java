package dev.diffstream.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.base.Base;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.Header;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataLimits;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.diffpruning.DiffPruning;
import dev.diffstream.worker.training.Trainer;
import dev.diffstream.worker.training.TrainingEnvironment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A handler on memory twins and a tiny base: every delivery ends in exactly one durable outcome.
 */
class TaskHandlerTest {
  private static final Base BASE = TinyWorld.base();
  private static final String GOOD =
      """
      {"taskId":"t","objective":"classification","density":0.05,"data":{"train":"tasks/t/data/x.jsonl"},
       "settings":{"stage1Steps":200,"stage3Steps":60,"stage1Rate":0.005,"stage3Rate":0.01,"headRate":0.01}}""";

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final MemoryEventLog log = new MemoryEventLog();
  private final TaskHandler handler =
      Trainer.handler(
          TrainingEnvironment.onProcessor()
              .workerId("w")
              .base(BASE)
              .store(store)
              .log(log)
              .dataSets(
                  new DataSetReader(store, new DataLocation("b", List.of()), DataLimits.DEFAULT))
              .methods(List.of(new DiffPruning(2)))
              .retry(new RetryPolicy(Duration.ZERO, new CountDownLatch(1)))
              .build());

  TaskHandlerTest() {
    store.put("tasks/t/data/x.jsonl", TinyWorld.learnable(160), Map.of());
    store.put("tasks/t/data/noise.jsonl", TinyWorld.noise(400), Map.of());
  }

  @AfterAll
  static void close() {
    BASE.close();
  }

  @Test
  void aGoodTaskEndsWithDurableDiffReportAndEvent() {
    handler.handle(event("e-1", 0, GOOD), () -> true);

    RunReport report = report(RunIds.of("/test", "e-1"));
    assertThat(report.outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(Reports.examples(report))
        .containsEntry("train", 128)
        .containsEntry("dev", 16)
        .containsEntry("test", 16);
    DiffPublished published =
        (DiffPublished)
            EventCodec.decode(only(Topics.DIFFS).headers(), only(Topics.DIFFS).value()).data();
    assertThat(published).isEqualTo(report.published());
    assertThat(report.settings())
        .containsEntry("method", "diff-pruning")
        .containsKeys("precision", "density", "stage1Rate");
    byte[] file = store.get(ObjectKeys.diff(published.digest()), 1 << 20).orElseThrow();
    assertThat(Sha256.of(file)).isEqualTo(published.digest());
    Diff diff = DiffReader.read(file);
    assertThat(diff.metadata().baseDigest()).isEqualTo(BASE.digest());
    assertThat(diff.metadata().density()).isBetween(0.0001, 0.05);
    assertThat(diff.metadata().metrics()).containsKeys("score", "majority", "accuracy");
    assertThat(diff.probes()).isNotNull();
    assertThat(records(Topics.RUNS))
        .extracting(r -> EventCodec.decode(r.headers(), r.value()).data())
        .hasOnlyElementsOfType(RunProgressed.class)
        .isNotEmpty();
    assertThat(records(Topics.TASKS_DEAD_LETTERS)).isEmpty();
    assertThat(BASE.currentDigest()).isEqualTo(BASE.digest());
  }

  @Test
  void aRedeliveryIsAnnouncedAgainAndADuplicateIsRefused() {
    handler.handle(event("e-1", 0, GOOD), () -> true);
    handler.handle(event("e-1", 0, GOOD), () -> true);
    assertThat(records(Topics.DIFFS)).hasSize(2);
    assertThat(attempts("e-1")).isEqualTo(1);

    handler.handle(event("e-1", 9, GOOD), () -> true);
    assertThat(records(Topics.DIFFS)).hasSize(2);
    assertThat(report(RunIds.of("/test", "e-1")).outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    RunReport refused = report(RunIds.ofPlace(Topics.TASKS, 0, 9));
    assertThat(Reports.code(refused)).isEqualTo(ErrorCode.INVALID_EVENT);
    assertThat(Reports.message(refused)).contains("duplicate event id");
    assertThat(only(Topics.TASKS_DEAD_LETTERS).headers())
        .containsEntry("diffstream_error_code", "INVALID_EVENT");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"taskId\": | INVALID_EVENT | not JSON",
        "{\"taskId\":\"t\",\"objective\":\"classification\",\"data\":{\"train\":\"tasks/t/data/x.jsonl\"},\"base\":\"other\"} | BASE_UNKNOWN | other",
        "{\"taskId\":\"t\",\"objective\":\"classification\",\"data\":{\"train\":\"tasks/t/data/none.jsonl\"}} | DATA_UNREADABLE | none.jsonl",
        "{\"taskId\":\"t\",\"objective\":\"classification\",\"data\":{\"train\":\"tasks/u/data/x.jsonl\"}} | DATA_FORBIDDEN | tasks/u",
        "{\"taskId\":\"t\",\"objective\":\"regression\",\"data\":{\"train\":\"tasks/t/data/x.jsonl\"}} | INVALID_RECORD | finite number",
        "{\"taskId\":\"t\",\"objective\":\"classification\",\"data\":{\"train\":\"tasks/t/data/noise.jsonl\"},\"gate\":{\"minGain\":0.45}} | QUALITY_GATE_FAILED | majority",
      })
  void whatIsBadIsReportedAnnouncedAndSetAside(String data, ErrorCode code, String says) {
    handler.handle(event("e-bad", 3, data), () -> true);

    Received letter = only(Topics.TASKS_DEAD_LETTERS);
    assertThat(letter.headers())
        .containsEntry("diffstream_error_code", code.name())
        .containsEntry("diffstream_origin", Topics.TASKS + "/0/3");
    assertThat(letter.headers().get("diffstream_error_message")).contains(says);
    assertThat(new String(letter.value(), UTF_8)).isEqualTo(data);
    String runId = letter.headers().getOrDefault("diffstream_run_id", "");
    assertThat(Reports.code(report(runId))).isEqualTo(code);
    List<RunFailed> failures =
        records(Topics.RUNS).stream()
            .map(r -> EventCodec.decode(r.headers(), r.value()).data())
            .filter(RunFailed.class::isInstance)
            .map(RunFailed.class::cast)
            .toList();
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0).runId()).isEqualTo(runId);
    assertThat(failures.get(0).errorCode().orUnsupported()).isEqualTo(code);
    assertThat(records(Topics.DIFFS)).isEmpty();
  }

  @Test
  void aBrokenEventWithoutAKeyIsStillFiledUnderItsTask() {
    String event =
        """
        {"specversion":"1.0","id":"e-9","source":"/test","type":"dev.diffstream.task.submitted.v1","data":{"taskId":"t","objective":"poetry"}}""";
    handler.handle(
        new Received(Topics.TASKS, 0, 5, "", Map.of(), event.getBytes(UTF_8)), () -> true);
    handler.handle(
        new Received(Topics.TASKS, 0, 6, "", Map.of(), "nothing".getBytes(UTF_8)), () -> true);
    assertThat(report(RunIds.ofPlace(Topics.TASKS, 0, 5)).taskId()).isEqualTo("t");
    assertThat(report(RunIds.ofPlace(Topics.TASKS, 0, 6)).taskId()).isEqualTo("unknown");
  }

  @Test
  void aDeadLetterCarriesEveryByteOfTheEvent() {
    List<Header> headers =
        List.of(
            new Header("bytes", new byte[] {(byte) 0xFF, 0, (byte) 0xFE}),
            new Header("none", null),
            Header.of("twice", "first"),
            Header.of("twice", "second"));
    byte[] key = {(byte) 0xFF};
    byte[] value = {0, (byte) 0xFE};
    handler.handle(new Received(Topics.TASKS, 0, 7, key, headers, value), () -> true);
    Received letter = only(Topics.TASKS_DEAD_LETTERS);
    assertThat(letter.keyBytes()).isEqualTo(key);
    assertThat(letter.valueBytes()).isEqualTo(value);
    assertThat(letter.headerList().subList(0, 4)).isEqualTo(headers);
  }

  @Test
  void aDeadLetterOfAnEventThatIsTooLargeNamesItsPlace() {
    byte[] spaces = " ".repeat(3_000_000).getBytes(UTF_8);
    handler.handle(new Received(Topics.TASKS, 0, 8, "t", Map.of(), spaces), () -> true);
    assertThat(only(Topics.TASKS_DEAD_LETTERS).headers())
        .containsEntry("diffstream_origin", "diffstream.tasks/0/8")
        .containsEntry("diffstream_omitted_value_bytes", "3000000");
  }

  @Test
  void anEventMayBeSentAgainAfterItsCauseWasMended() {
    String data = GOOD.replace("x.jsonl", "later.jsonl");
    handler.handle(event("e-2", 0, data), () -> true);
    assertThat(Reports.code(report(RunIds.of("/test", "e-2"))))
        .isEqualTo(ErrorCode.DATA_UNREADABLE);
    store.put("tasks/t/data/later.jsonl", TinyWorld.learnable(160), Map.of());
    handler.handle(event("e-2", 1, data), () -> true);
    assertThat(report(RunIds.of("/test", "e-2")).outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(report(RunIds.of("/test", "e-2")).attempt()).isEqualTo(2);
  }

  @Test
  void aStoreThatStaysAwaySendsTheEventBack() {
    store.close();
    assertThatThrownBy(() -> handler.handle(event("e-3", 0, GOOD), () -> true))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code().retryable()).isTrue());
    assertThat(records(Topics.TASKS_DEAD_LETTERS)).isEmpty();
  }

  private static Received event(String id, long offset, String data) {
    Map<String, String> headers = new HashMap<>();
    headers.put("ce_specversion", "1.0");
    headers.put("ce_id", id);
    headers.put("ce_source", "/test");
    headers.put("ce_type", "dev.diffstream.task.submitted.v1");
    return new Received(Topics.TASKS, 0, offset, "t", headers, data.getBytes(UTF_8));
  }

  private RunReport report(String runId) {
    return Reports.of(store, runId);
  }

  private long attempts(String eventId) {
    return new AttemptLog(store).history(RunIds.of("/test", eventId)).begun();
  }

  private Received only(String topic) {
    List<Received> records = records(topic);
    assertThat(records).hasSize(1);
    return records.get(0);
  }

  private List<Received> records(String topic) {
    List<Received> records = new ArrayList<>();
    try (Follower follower = log.follow(topic)) {
      while (!follower.caughtUp()) {
        records.addAll(follower.poll(Duration.ofMillis(20)));
      }
    }
    return records;
  }
}
