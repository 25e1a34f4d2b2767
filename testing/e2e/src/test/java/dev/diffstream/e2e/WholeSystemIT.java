package dev.diffstream.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.GatewayClient.Prediction;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.AuditRecorded;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.run.Confusion.Cell;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * One deployment, lived through in order: a task served, bad input refused, a worker killed in
 * mid-run, registry and gateway killed. The invariants are checked after every step.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WholeSystemIT {
  private static final String SETTINGS =
      "\"settings\":{\"stage1Steps\":200,\"stage3Steps\":20,\"batchSize\":2}";

  /** A method of one stage, with steps enough to be killed in the midst of them. */
  private static final String ONE_STAGE =
      "\"method\":\"fixed-mask\",\"settings\":{\"stage3Steps\":80,\"batchSize\":4}";

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final List<String> QUESTIONS =
      List.of(
          "Where is my parcel?",
          "I cannot log in since the update.",
          "Please refund me, the shoes are too small for me.",
          "x");

  private final Stage stage;
  private List<List<Double>> firstAnswers = List.of();
  private String firstDigest = "";

  WholeSystemIT(@TempDir Path directory) throws IOException {
    stage = new Stage(directory);
  }

  @BeforeAll
  void everythingIsUp() {
    assertThat(stage.deployment.services()).allMatch(service -> service.healthy());
  }

  @AfterEach
  void invariantsHold() {
    stage.invariants.checkAll();
  }

  @AfterAll
  void stop() {
    stage.close();
  }

  @Test
  @Order(1)
  void aTaskEventBecomesAServedModel() throws IOException {
    stage.upload("tasks/first/data/train.jsonl", Stage.sample("support-topic", 120));
    stage.send(
        "first",
        "e-first",
        "{\"taskId\":\"first\",\"objective\":\"classification\",\"provisional\":\"never\",\"data\":{\"train\":\"tasks/first/data/train.jsonl\"},%s}"
            .formatted(SETTINGS),
        Map.of("traceparent", "00-" + TRACE + "-b7ad6b7169203331-01"));
    stage.awaitServed("first", 1);

    RunReport report = report(RunIds.of("/e2e", "e-first"));
    assertThat(report.outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(Objects.requireNonNull(report.training()).get("stage1NonzeroShare"))
        .isBetween(0.006, 0.033);
    assertThat(
            Objects.requireNonNull(report.confusion()).cells().stream().mapToLong(Cell::rows).sum())
        .as("held-out rows by label and answer")
        .isEqualTo(
            Objects.requireNonNull(Objects.requireNonNull(report.metrics()).get("testRows"))
                .longValue());
    firstDigest = stage.ask("first", "Hello?").digest();
    assertThat(firstDigest).isEqualTo(Objects.requireNonNull(report.published()).digest());
    firstAnswers = answers("first");
    assertThat(stage.task("first").toString()).contains(firstDigest);
  }

  @Test
  @Order(2)
  void progressCameAtLeastEveryTwoSecondsWithEveryPhase() {
    List<RunProgressed> progress =
        stage.invariants.events(Topics.RUNS).stream()
            .filter(RunProgressed.class::isInstance)
            .map(RunProgressed.class::cast)
            .toList();
    Set<Phase> phases = progress.stream().map(RunProgressed::phase).collect(Collectors.toSet());
    assertThat(phases)
        .contains(Phase.CHECKING, Phase.LEARNING_MASK, Phase.FIXED_MASK, Phase.PUBLISHED);
    assertThat(progress)
        .as("shares of open gates and scores on the dev rows")
        .anyMatch(p -> p.phase() == Phase.LEARNING_MASK && p.openGates() != null)
        .anyMatch(p -> p.phase() == Phase.FIXED_MASK && p.devScore() != null)
        .noneMatch(p -> p.phase() == Phase.FIXED_MASK && p.openGates() != null);
    List<Long> times =
        stage.invariants.records(Topics.RUNS).stream()
            .map(
                record ->
                    java.time.Instant.parse(record.headers().getOrDefault("ce_time", ""))
                        .toEpochMilli())
            .sorted()
            .toList();
    for (int i = 1; i < times.size(); i++) {
      assertThat(times.get(i) - times.get(i - 1))
          .as("milliseconds between progress events")
          .isLessThan(4_000);
    }
  }

  @Test
  @Order(3)
  void oneTraceRunsFromTheEventToThePrediction() {
    Set<String> services =
        Set.of("diffstream-trainer-worker", "diffstream-registry", "diffstream-gateway");
    stage.await(
        "spans of all services in the event's trace",
        () ->
            stage.collector.spans().stream()
                .filter(span -> span.traceId().equals(TRACE))
                .map(OtlpReceiver.Received::service)
                .collect(Collectors.toSet())
                .containsAll(services));
    assertThat(stage.collector.spans())
        .anyMatch(span -> span.traceId().equals(TRACE) && span.name().contains("infer"));
  }

  @Test
  @Order(4)
  void badInputGetsItsCodeAndTheWorkerGoesOn() throws IOException {
    List<BadInput> inputs = BadInput.all(stage);
    inputs.forEach(input -> input.send(stage));
    stage.await(
        "a dead letter for each",
        () -> stage.invariants.records(Topics.TASKS_DEAD_LETTERS).size() >= inputs.size());

    Map<String, Received> letters =
        stage.invariants.records(Topics.TASKS_DEAD_LETTERS).stream()
            .collect(
                Collectors.toMap(
                    letter -> letter.headers().getOrDefault("e2e", ""),
                    letter -> letter,
                    (a, b) -> b));
    List<Event> runs = stage.invariants.events(Topics.RUNS);
    for (BadInput input : inputs) {
      assertThat(letters).as("dead letter").containsKey(input.name());
      Received letter = Objects.requireNonNull(letters.get(input.name()));
      assertThat(letter.headers())
          .as(input.name())
          .containsEntry("diffstream_error_code", input.code().name());
      assertThat(letter.headers().get("diffstream_error_message"))
          .as(input.name())
          .contains(input.says());
      String runId = letter.headers().getOrDefault("diffstream_run_id", "");
      assertThat(stage.invariants.failureCode(runId))
          .as("outcome of %s", input.name())
          .get()
          .matches(code -> code.is(input.code()));
      assertThat(runs)
          .as("RunFailed of %s", input.name())
          .anyMatch(
              event ->
                  event instanceof RunFailed failed
                      && failed.runId().equals(runId)
                      && failed.errorCode().is(input.code()));
    }
    assertThat(stage.invariants.versions()).hasSize(1);
    assertThat(answers("first")).isEqualTo(firstAnswers);
  }

  @Test
  @Order(5)
  void theFirstHundredBadRecordsAreNamedByLine() throws IOException {
    StringBuilder rows =
        new StringBuilder(new String(Stage.sample("support-topic", 40), UTF_8)).append('\n');
    rows.append("{\"text\":\"no label\"}\n".repeat(150));
    stage.upload("tasks/lines/data/train.jsonl.gz", gzip(rows.toString().getBytes(UTF_8)));
    stage.send(
        "lines",
        "e-lines",
        "{\"taskId\":\"lines\",\"objective\":\"classification\",\"data\":{\"train\":\"tasks/lines/data/train.jsonl.gz\"}}",
        Map.of());
    String runId = RunIds.of("/e2e", "e-lines");
    stage.await("the report", () -> stage.invariants.report(runId).isPresent());
    RunReport report = report(runId);
    assertThat(failure(report).errorCode().is(ErrorCode.INVALID_RECORD)).isTrue();
    RunReport.DataSummary data = Objects.requireNonNull(report.data());
    assertThat(data.invalidRecordCount()).isEqualTo(150);
    assertThat(data.invalidRecords()).hasSize(100);
    assertThat(Objects.requireNonNull(data.invalidRecords()).get(0).line()).isEqualTo(41);
  }

  @Test
  @Order(6)
  void aWorkerKilledInMidRunLosesNothing() throws IOException {
    stage.upload("tasks/second/data/rows.jsonl", Stage.sample("review-sentiment", 120));
    stage.sendStructured(
        ("{\"specversion\":\"1.0\",\"id\":\"e-second\",\"source\":\"/e2e\",\"type\":\"dev.diffstream.task.submitted.v1\","
                + "\"data\":{\"taskId\":\"second\",\"objective\":\"classification\",\"data\":{\"train\":\"s3://diffstream/tasks/second/data/rows.jsonl\"},\"precision\":\"int4\",%s}}")
            .formatted(ONE_STAGE));
    stage.await("the run is learning", () -> learning("second"));
    String runId = RunIds.of("/e2e", "e-second");
    stage.await("a checkpoint is kept", () -> !checkpoints(runId).isEmpty());
    long killed = stage.kill("trainer-worker");
    stage.awaitServed("second", 1);

    assertThat(stage.service("trainer-worker").pid()).isNotEqualTo(killed);
    assertThat(stage.invariants.versions("second")).hasSize(1);
    assertThat(report(runId).attempt()).isEqualTo(2);
    assertThat(report(runId).training()).containsEntry("resumed", 1.0);
    assertThat(checkpoints(runId)).isEmpty();
    assertServedInFourBits(Objects.requireNonNull(report(runId).published()).digest());
  }

  private void assertServedInFourBits(String digest) {
    Diff diff = DiffReader.read(stage.invariants.bytes(ObjectKeys.diff(digest)));
    assertThat(diff.metadata().precision()).isEqualTo(ValuePrecision.INT4);
    assertThat(diff.tensors()).allSatisfy(t -> assertThat(numbers(t.values())).isLessThan(17));
    assertThat(stage.ask("second", QUESTIONS.getFirst()).digest()).isEqualTo(digest);
    JsonNode champion = stage.task("second").path("champion");
    assertThat(champion.path("precision").asText()).isEqualTo("int4");
    assertThat(champion.path("method").asText()).isEqualTo("fixed-mask");
  }

  @Test
  @Order(11)
  void aServedDiffIsFetchedWithItsSignature(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("first.safetensors");
    assertThat(stage.command("diff", "fetch", "first", "--out", file.toString())).isZero();
    assertThat(Sha256.of(Files.readAllBytes(file))).isEqualTo(firstDigest);
    assertThat(directory.resolve("first.safetensors.sig")).isNotEmptyFile();
    assertThat(stage.command("diff", "fetch", "first", "--task-version", "7")).isEqualTo(1);
    assertThat(stage.command("diff", "fetch", "0".repeat(64))).isEqualTo(1);
  }

  private static long numbers(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).distinct().count();
  }

  private List<String> checkpoints(String runId) {
    return stage.invariants.keys(ObjectKeys.checkpoints(runId));
  }

  @Test
  @Order(12)
  void aFileInTheBucketIsScored(@TempDir Path directory) throws IOException {
    stage.upload(
        "files/new.csv",
        "id,text\n1,Where is my parcel?\n2,I want my money back.\n".getBytes(UTF_8));
    Path out = directory.resolve("scored.csv");
    assertThat(
            stage.command(
                "score",
                "first",
                "s3://" + stage.bucket() + "/files/new.csv",
                "--out",
                out.toString()))
        .isZero();
    assertThat(Files.readAllLines(out))
        .hasSize(3)
        .first()
        .asString()
        .startsWith("id,text,prediction,prediction_confidence");
    Prediction asked = stage.ask("first", "Where is my parcel?");
    assertThat(Files.readAllLines(out).get(1))
        .startsWith("1,Where is my parcel?," + asked.label() + ",")
        .endsWith("," + asked.version() + "," + asked.digest() + ",");
  }

  @Test
  @Order(13)
  void aTaskIsWithdrawnAndPromotedAgain() {
    assertThat(stage.command("withdraw", "first", "--reason", "a look at the data")).isZero();
    stage.await("first is served no longer", () -> !stage.gateway.ready("first"));
    assertThatThrownBy(() -> stage.ask("first", "Hello?"))
        .isInstanceOf(DiffstreamException.class)
        .extracting(e -> ((DiffstreamException) e).code())
        .isEqualTo(ErrorCode.TASK_UNKNOWN);
    assertThat(stage.command("rollback", "first")).as("there is nothing before it").isEqualTo(2);
    assertThat(stage.command("promote", "first", "1", "--generation", "1"))
        .as("an older generation")
        .isEqualTo(1);
    assertThat(stage.command("promote", "first", "1", "--dry-run")).isZero();
    assertThat(stage.task("first").path("generation").asLong()).isEqualTo(2);
    assertThat(stage.command("promote", "first", "1")).isZero();
    stage.awaitServed("first", 1);
    assertThat(answers("first")).isEqualTo(firstAnswers);
    assertThat(stage.command("moves", "first")).isZero();
    assertThat(stage.command("versions", "first")).isZero();
    List<AuditRecorded> audit =
        stage.invariants.events(Topics.AUDIT).stream()
            .map(AuditRecorded.class::cast)
            .filter(record -> record.taskId().equals("first"))
            .toList();
    assertThat(audit)
        .extracting(AuditRecorded::generation, AuditRecorded::oldVersion, AuditRecorded::newVersion)
        .containsExactly(tuple(1L, null, 1L), tuple(2L, 1L, null), tuple(3L, null, 1L));
    assertThat(audit.get(1).reason()).isEqualTo("a look at the data");
  }

  @Test
  @Order(7)
  void anotherTaskLeavesTheFirstOnesAnswersBitForBit() {
    assertThat(answers("first")).isEqualTo(firstAnswers);
  }

  @Test
  @Order(8)
  void aDuplicateEventGivesNoSecondVersion() {
    stage.send(
        "first",
        "e-first",
        "{\"taskId\":\"first\",\"objective\":\"classification\",\"provisional\":\"never\",\"data\":{\"train\":\"tasks/first/data/train.jsonl\"},%s}"
            .formatted(SETTINGS),
        Map.of("e2e", "duplicate"));
    stage.await(
        "the duplicate's dead letter",
        () ->
            stage.invariants.records(Topics.TASKS_DEAD_LETTERS).stream()
                .anyMatch(l -> "duplicate".equals(l.headers().get("e2e"))));
    Received letter =
        stage.invariants.records(Topics.TASKS_DEAD_LETTERS).stream()
            .filter(l -> "duplicate".equals(l.headers().get("e2e")))
            .findFirst()
            .orElseThrow();
    assertThat(letter.headers()).containsEntry("diffstream_error_code", "INVALID_EVENT");
    assertThat(stage.invariants.versions("first")).hasSize(1);
    assertThat(report(RunIds.of("/e2e", "e-first")).outcome())
        .isEqualTo(RunReport.Outcome.PUBLISHED);
  }

  @Test
  @Order(9)
  void whatWasServedIsServedAfterRegistryAndGatewayWereKilled() {
    String secondDigest = stage.ask("second", "Hello?").digest();
    stage.kill("registry");
    stage.kill("gateway");
    stage.await(
        "registry and gateway are back",
        () -> stage.service("registry").healthy() && stage.service("gateway").healthy());
    stage.awaitServed("first", 1);
    stage.awaitServed("second", 1);
    assertThat(stage.ask("first", "Hello?").digest()).isEqualTo(firstDigest);
    assertThat(stage.ask("second", "Hello?").digest()).isEqualTo(secondDigest);
    assertThat(answers("first")).isEqualTo(firstAnswers);
  }

  @Test
  @Order(10)
  void anUnknownTaskIsNeverAnsweredByTheBareBase() {
    assertThatThrownBy(() -> stage.ask("nobody", "Hello?"))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TASK_UNKNOWN));
  }

  private boolean learning(String task) {
    return stage.invariants.events(Topics.RUNS).stream()
        .anyMatch(
            event ->
                event instanceof RunProgressed p
                    && p.taskId().equals(task)
                    && p.phase() == Phase.FIXED_MASK
                    && p.step() > 5);
  }

  private List<List<Double>> answers(String task) {
    return QUESTIONS.stream()
        .map(question -> stage.ask(task, question))
        .map(Prediction::scores)
        .toList();
  }

  private RunReport report(String runId) {
    return stage.invariants.report(runId).orElseThrow();
  }

  private static RunReport.Failure failure(RunReport report) {
    return Objects.requireNonNull(report.failure(), () -> "a failure in " + report);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }
}
