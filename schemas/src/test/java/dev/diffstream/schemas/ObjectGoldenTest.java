package dev.diffstream.schemas;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.access.ApiKey;
import dev.diffstream.schemas.access.ApiKeyRevocation;
import dev.diffstream.schemas.access.TaskClaim;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.correction.CorrectionBuilder;
import dev.diffstream.schemas.correction.CorrectionRequest;
import dev.diffstream.schemas.correction.Retraining;
import dev.diffstream.schemas.correction.RetrainingRule;
import dev.diffstream.schemas.correction.RetrainingRuleBuilder;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.Admission;
import dev.diffstream.schemas.registry.AdmissionBuilder;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasGenerationBuilder;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.Provisional;
import dev.diffstream.schemas.registry.RefusalBuilder;
import dev.diffstream.schemas.registry.SnapshotManifestBuilder;
import dev.diffstream.schemas.registry.SubmissionClaim;
import dev.diffstream.schemas.registry.TaskSnapshot;
import dev.diffstream.schemas.registry.Tombstone;
import dev.diffstream.schemas.registry.TopicPosition;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.registry.VersionRecordBuilder;
import dev.diffstream.schemas.run.AttemptBegun;
import dev.diffstream.schemas.run.Confusion;
import dev.diffstream.schemas.run.RunControl;
import dev.diffstream.schemas.run.RunOutcome;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReport.Outcome;
import dev.diffstream.schemas.run.RunReportBuilder;
import dev.diffstream.schemas.run.RunReportDataSummaryBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The bytes of every object in the bucket, both ways. To make the goldens again after an intended
 * change: {@code mvn test -pl schemas -Dtest=ObjectGoldenTest -Dgoldens.write=true}.
 */
class ObjectGoldenTest {
  private static final String DIGEST = "ab".repeat(32);
  private static final String BASE = "cd".repeat(32);
  private static final String REPORT = ObjectKeys.report("run-1", 2);
  private static final EventOrigin EVENT = new EventOrigin("/shop", "e-1", "diffstream.tasks/0/7");
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  static Stream<Record> objects() {
    return Stream.of(
        version(),
        aliases(),
        new TaskSnapshot(
            "support-topic", List.of(version()), aliases(), "0123456789abcdef", 6, List.of(1L)),
        SnapshotManifestBuilder.builder()
            .number(4)
            .writer("registry-1")
            .key(ObjectKeys.snapshotTasks(4, "registry-1-1772366400000"))
            .bytes(815)
            .digest(DIGEST)
            .tasks(1)
            .versions(2)
            .positions(
                Map.of(
                    "diffstream.announcements",
                    new TopicPosition("0Ll-Z2FvRDC", Map.of(0, 17L, 1, 4L))))
            .created(NOON)
            .build(),
        new Tombstone("support-topic", 2, DIGEST, "ada", "request-2", "personal data", NOON),
        report(),
        new ApiKey(
            "ab".repeat(8), "ada", List.of("read", "submit"), "shop", DIGEST, "root", NOON, NOON),
        new TaskClaim("support-topic", "shop", NOON),
        new ApiKeyRevocation("ab".repeat(8), "root", "left the team", NOON),
        new AttemptBegun(
            "run-1", "support-topic", 2, EVENT, "worker-0", "cpu", "0.1.0+1a2b3c", null, NOON),
        new RunOutcome(
            "run-1",
            "support-topic",
            EVENT,
            FailureCode.of(ErrorCode.CANCELLED),
            "cancelled by ada",
            "ada",
            NOON),
        new RunControl("run-1", 1, RunControl.PAUSE, "ada", "request-3", "night", NOON),
        AdmissionBuilder.builder()
            .baseDigest(BASE)
            .number(3)
            .taskId("support-topic")
            .runId("run-1")
            .event(EVENT)
            .kind(Admission.FIRST)
            .priority(10)
            .owner("desk")
            .created(NOON)
            .build(),
        new SubmissionClaim(
            "run-1",
            "support-topic",
            "request-4",
            DIGEST,
            Json.parse("{\"taskId\":\"support-topic\"}".getBytes(UTF_8), "the event"),
            NOON),
        RefusalBuilder.builder()
            .runId("run-1")
            .taskId("support-topic")
            .number(1)
            .attempt(2)
            .digest(DIGEST)
            .event(EVENT)
            .published("diffstream.diffs/1/4")
            .errorCode(FailureCode.of(ErrorCode.SIGNATURE_INVALID))
            .message("no trusted key signed it")
            .created(NOON)
            .build(),
        CorrectionBuilder.builder()
            .taskId("support-topic")
            .number(4)
            .text("Grüße, where is my parcel?")
            .textPair("a second text")
            .label("kleiner")
            .answered("größer")
            .answerId("answer-7")
            .digest(DIGEST)
            .actor("ada")
            .requestId("request-4")
            .created(NOON)
            .build(),
        new CorrectionRequest("support-topic", "request-4", DIGEST, 3, NOON),
        RetrainingRuleBuilder.builder()
            .taskId("support-topic")
            .number(2)
            .corrections(20)
            .qualityBelow(0.9)
            .qualityOf(50)
            .cooldownSeconds(3600)
            .budget(new RetrainingRule.Budget(4, 100))
            .minGain(-0.01)
            .removed(false)
            .actor("ada")
            .requestId("request-5")
            .reason("answers drift")
            .created(NOON)
            .build(),
        new Retraining(
            "support-topic",
            1,
            2,
            List.of(
                new Retraining.Condition(
                    "corrections", 20.0, 20, true, "20 corrections, 20 are asked for")),
            20,
            2,
            Json.tree(TaskSubmitted.of("support-topic", Objective.CLASSIFICATION, "a.csv")),
            "registry-0",
            NOON),
        new BaseDescriptor(
            "tiny",
            BASE,
            DIGEST,
            List.of(new BaseDescriptor.ParameterShape("layer.weight", List.of(2, 3)))));
  }

  private static VersionRecord version() {
    return VersionRecordBuilder.builder()
        .taskId("support-topic")
        .version(2)
        .digest(DIGEST)
        .bytes(4711)
        .baseDigest(BASE)
        .event(EVENT)
        .runId("run-1")
        .attempt(2)
        .published("diffstream.diffs/1/4")
        .report(REPORT)
        .reportDigest("ef".repeat(32))
        .objective("pair-classification")
        .labels(List.of("größer", "kleiner"))
        .method("diff-pruning")
        .precision("fp16")
        .features("pair")
        .pairEncoding("separate")
        .parents(List.of("01".repeat(32)))
        .density(0.005)
        .nonzeros(112_826)
        .metrics(new TreeMap<>(Map.of("score", 0.875, "majority", 0.5)))
        .owner("desk")
        .examples(342L)
        .created(NOON)
        .build();
  }

  private static AliasGeneration aliases() {
    return AliasGenerationBuilder.builder()
        .taskId("support-topic")
        .generation(4)
        .aliases(
            new TreeMap<>(
                Map.of(
                    AliasGeneration.CHAMPION, new AliasTarget(2, DIGEST, BASE),
                    AliasGeneration.CANARY, new AliasTarget(3, "23".repeat(32), BASE, 0.125),
                    AliasGeneration.PREVIOUS, new AliasTarget(1, "45".repeat(32), BASE))))
        .decidedThrough(3)
        .provisional(new Provisional("67".repeat(32), BASE, "run-1"))
        .move(new Move(Move.CANARY, "ada", "request-1", "try it", "run-1"))
        .created(NOON)
        .build();
  }

  private static RunReport report() {
    return RunReportBuilder.builder()
        .runId("run-1")
        .taskId("support-topic")
        .event(EVENT)
        .attempt(2)
        .worker("worker-0")
        .outcome(Outcome.PUBLISHED)
        .published(
            DiffPublishedBuilder.builder()
                .runId("run-1")
                .taskId("support-topic")
                .eventSource("/shop")
                .eventId("e-1")
                .attempt(2)
                .digest(DIGEST)
                .bytes(4711)
                .baseDigest(BASE)
                .report(REPORT)
                .stage("final")
                .build())
        .failure(
            new RunReport.Failure(
                FailureCode.of(ErrorCode.QUALITY_GATE_FAILED), "0.52 against 0.795", "at line 1"))
        .data(
            RunReportDataSummaryBuilder.builder()
                .digest("89".repeat(32))
                .files(
                    List.of(
                        new RunReport.DataFile(
                            "train",
                            "s3://diffstream/tasks/support-topic/data/train.csv",
                            5_120,
                            "76".repeat(32),
                            100)))
                .examples(new TreeMap<>(Map.of("train", 80, "dev", 10, "test", 10)))
                .labels(List.of("größer", "kleiner"))
                .invalidRecords(List.of(new RunReport.InvalidRecord("train.csv", 3, "no label")))
                .invalidRecordCount(1)
                .build())
        .warnings(List.of("field presicion is not known and was ignored"))
        .settings(new TreeMap<>(Map.of("density", "0.005")))
        .environment(new RunReport.Environment("0.1.0", "build-0123456789abcdef", "cpu", 4, 8))
        .provenance("54".repeat(32))
        .metrics(new TreeMap<>(Map.of("score", 0.875, "majority", 0.5)))
        .confusion(
            new Confusion(
                List.of(
                    new Confusion.Cell("größer", "größer", 6),
                    new Confusion.Cell("kleiner", "größer", 2)),
                2))
        .gate(new TaskSubmitted.Gate("champion", 0.0))
        .champion(new RunReport.ChampionMetrics(1, DIGEST, Map.of("score", 0.795)))
        .task(Json.tree(TaskSubmitted.of("support-topic", Objective.CLASSIFICATION, "a.csv")))
        .training(new TreeMap<>(Map.of("seconds", 31.5)))
        .started(NOON)
        .finished(NOON.plusSeconds(32))
        .build();
  }

  @ParameterizedTest
  @MethodSource("objects")
  void bytesAreTheGoldens(Record object) throws IOException {
    String name = "/v1/objects/" + object.getClass().getSimpleName() + ".json";
    byte[] bytes = Json.write(object);
    if (Boolean.getBoolean("goldens.write")) {
      Path file = Path.of("src/test/resources" + name);
      Files.createDirectories(file.getParent());
      Files.write(file, bytes);
    }
    byte[] golden = resource(name);
    assertThat(new String(bytes, UTF_8)).isEqualTo(new String(golden, UTF_8));
    assertThat(Json.read(golden, object.getClass(), name)).isEqualTo(object);
  }

  /** A condition that rules of earlier programs do not have. */
  @Test
  void aRuleAboutConfidenceHasItsOwnGolden() throws IOException {
    String name = "/v1/objects/RetrainingRule-confidence-drift.json";
    RetrainingRule rule =
        RetrainingRuleBuilder.builder()
            .taskId("support-topic")
            .number(3)
            .confidenceDrift(4.5)
            .cooldownSeconds(3600)
            .actor("ada")
            .created(NOON)
            .build();
    assertThat(new String(Json.write(rule), UTF_8)).isEqualTo(new String(resource(name), UTF_8));
    assertThat(Json.read(resource(name), RetrainingRule.class, name)).isEqualTo(rule);
  }

  /** Reports of workers that wrote no provenance statement. */
  @Test
  void olderReportsAreRead() throws IOException {
    String name = "/v1/objects/older/RunReport-without-provenance.json";
    RunReport older = Json.read(resource(name), RunReport.class, name);
    RunReport.DataSummary data = Objects.requireNonNull(report().data());
    assertThat(older)
        .isEqualTo(
            RunReportBuilder.builder(report())
                .environment(null)
                .provenance(null)
                .task(null)
                .confusion(null)
                .data(RunReportDataSummaryBuilder.builder(data).files(null).build())
                .build());
  }

  /** Reports of workers that did not tell what was taken for what. */
  @Test
  void reportsWithoutConfusionAreRead() throws IOException {
    String name = "/v1/objects/older/RunReport-without-confusion.json";
    assertThat(Json.read(resource(name), RunReport.class, name))
        .isEqualTo(RunReportBuilder.builder(report()).confusion(null).build());
  }

  /** A newer program adds fields, codes, outcomes and kinds of moves; readers take them. */
  @Test
  void readersTakeWhatANewerProgramWrites() {
    String report = new String(Json.write(report()), UTF_8);
    RunReport newer =
        Json.read(
            report
                .replace("\"outcome\":\"published\"", "\"outcome\":\"postponed\"")
                .replace("QUALITY_GATE_FAILED", "MODEL_TOO_PROUD")
                .replaceFirst("\\{", "{\"fromTheFuture\":[1],")
                .getBytes(UTF_8),
            RunReport.class,
            "report");
    assertThat(newer.outcome()).isEqualTo(Outcome.UNKNOWN);
    RunReport.Failure failure = Objects.requireNonNull(newer.failure());
    assertThat(failure.errorCode().name()).isEqualTo("MODEL_TOO_PROUD");
    assertThat(failure.errorCode().retryable()).isFalse();

    String aliases = new String(Json.write(aliases()), UTF_8);
    AliasGeneration generation =
        Json.read(
            aliases.replace("\"canary\",\"actor", "\"shadow\",\"actor").getBytes(UTF_8),
            AliasGeneration.class,
            "aliases");
    assertThat(generation.move()).extracting(Move::kind).isEqualTo("shadow");

    String version = new String(Json.write(version()), UTF_8);
    assertThat(
            Json.read(
                    version.replace("pair-classification", "ranking").getBytes(UTF_8),
                    VersionRecord.class,
                    "version")
                .objective())
        .isEqualTo("ranking");
  }

  @ParameterizedTest
  @MethodSource("objects")
  void aMissingFieldIsNamed(Record object) {
    String text = new String(Json.write(object), UTF_8);
    String field = object instanceof BaseDescriptor ? "digest" : "created|started|runId|taskId";
    String broken = text.replaceFirst("\"(" + field + ")\":\"[^\"]*\",?", "").replace(",}", "}");
    assertThat(broken).isNotEqualTo(text);
    assertThatThrownBy(
            () -> Json.read(broken.getBytes(UTF_8), object.getClass(), "tasks/t/object.json"))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining("tasks/t/object.json")
        .hasMessageContaining("expected field");
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = ObjectGoldenTest.class.getResourceAsStream(name)) {
      assertThat(in).as("golden %s", name).isNotNull();
      return in.readAllBytes();
    }
  }
}
