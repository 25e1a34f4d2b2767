package dev.diffstream.schemas.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.Provisional;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The bytes of every event, both ways. A golden holds the headers, a blank line and the value. To
 * make them again after an intended change: {@code mvn test -pl schemas -Dtest=EventGoldenTest
 * -Dgoldens.write=true}.
 */
class EventGoldenTest {
  private static final String DIGEST = "ab".repeat(32);
  private static final String BASE = "cd".repeat(32);
  private static final String REPORT = "runs/run-1/attempts/00000000000000000001/report.json";
  private static final Move MOVE =
      new Move("roll-back", "ada", "request-1", "answers were wrong", "run-1");

  static Stream<Event> events() {
    return Stream.of(
        taskSubmitted(),
        RunProgressedBuilder.builder()
            .runId("run-1")
            .taskId("support-topic")
            .attempt(1)
            .worker("worker-0")
            .device("cpu")
            .phase(Phase.LEARNING_MASK)
            .step(12)
            .steps(240)
            .loss(0.625)
            .openGates(0.125)
            .devScore(0.75)
            .secondsLeft(31.5)
            .share(0.25)
            .build(),
        RunFailedBuilder.builder()
            .runId("run-1")
            .taskId("unknown")
            .eventSource("/shop")
            .eventId("e-1")
            .attempt(1L)
            .errorCode(FailureCode.of(ErrorCode.INVALID_RECORD))
            .message("line 3: no label")
            .report(REPORT)
            .owner("desk")
            .examples(342L)
            .build(),
        DiffPublishedBuilder.builder()
            .runId("run-1")
            .taskId("support-topic")
            .eventSource("/shop")
            .eventId("e-1")
            .attempt(1)
            .digest(DIGEST)
            .bytes(4711)
            .baseDigest(BASE)
            .report(REPORT)
            .stage("final")
            .build(),
        new VersionAnnounced(
            "support-topic",
            2,
            new TreeMap<>(Map.of("champion", new AliasTarget(2, DIGEST, BASE))),
            new Provisional(DIGEST, BASE, "run-1"),
            MOVE),
        GatewayResidencyBuilder.builder()
            .gatewayId("gateway-0")
            .incarnation("2026-03-01T12:00:00Z-1")
            .taskId("support-topic")
            .baseDigest(BASE)
            .generation(2)
            .version(2)
            .digest(DIGEST)
            .state(GatewayResidency.State.LOADED)
            .health(new GatewayResidency.Health(100, 1, Instant.parse("2026-03-01T12:00:00Z")))
            .build(),
        new GatewayFarewell("gateway-0", "2026-03-01T12:00:00Z-1", "stopping"),
        AuditRecordedBuilder.builder()
            .taskId("support-topic")
            .action("aliases-moved")
            .actor("ada")
            .object("tasks/support-topic/aliases/00000000000000000002.json")
            .generation(2L)
            .oldVersion(1L)
            .newVersion(2L)
            .move(MOVE)
            .reason("answers were wrong")
            .build(),
        new AccessRecorded(
            "refused",
            "ada",
            "0123456789abcdef",
            "gateway",
            "PERMISSION_DENIED",
            17L,
            "POST /v1/tasks/support-topic/predict"),
        PredictionRequestedBuilder.builder()
            .taskId("support-topic")
            .text("Grüße, where is my parcel?")
            .textPair("a second text")
            .topK(3)
            .thresholds(DoubleNode.valueOf(0.5))
            .onLongText("refuse")
            .timeoutMillis(500L)
            .routingKey("user-7")
            .build(),
        PredictionAnsweredBuilder.builder()
            .taskId("support-topic")
            .requestSource("/shop")
            .requestId("e-1")
            .version(2L)
            .digest(DIGEST)
            .alias("champion")
            .prediction(JsonNodeFactory.instance.objectNode().put("label", "parcel"))
            .build());
  }

  private static TaskSubmitted taskSubmitted() {
    return TaskSubmittedBuilder.builder()
        .taskId("support-topic")
        .base("all-MiniLM-L6-v2")
        .objective(Objective.PAIR_CLASSIFICATION)
        .data(
            TaskSubmittedDataSetBuilder.builder()
                .train(List.of("s3://diffstream/tasks/support-topic/data/train.csv.gz"))
                .dev("tasks/support-topic/data/dev.csv")
                .test("tasks/support-topic/data/test.csv")
                .format("csv")
                .columns(new TaskSubmitted.Columns("question", "other", "verdict"))
                .build())
        .onInvalidRecord("skip")
        .method("diff-pruning")
        .density(DoubleNode.valueOf(0.005))
        .precision("fp16")
        .settings(
            new TreeMap<>(
                Map.of("seed", IntNode.valueOf(7), "stage1Rate", DoubleNode.valueOf(1e-4))))
        .gate(new TaskSubmitted.Gate("majority", 0.05))
        .provisional("auto")
        .pairEncoding("separate")
        .onLongText("cut")
        .start("zero")
        .policy("train")
        .priority(10)
        .owner("größte Abteilung")
        .labels(new TreeMap<>(Map.of("team", "desk")))
        .build();
  }

  /** Words that newer programs add to events of a known type. */
  static Stream<Arguments> laterForms() {
    return Stream.of(
        Arguments.of(
            "-owned",
            new VersionAnnounced("support-topic", 1, Map.of(), null, MOVE).ownedBy("shop")),
        Arguments.of(
            "-candidate",
            GatewayResidencyBuilder.builder()
                .gatewayId("gateway-0")
                .incarnation("2026-03-01T12:00:00Z-1")
                .taskId("support-topic")
                .baseDigest(BASE)
                .generation(3)
                .version(2)
                .digest(DIGEST)
                .state(GatewayResidency.State.LOADED)
                .candidate(
                    new GatewayResidency.Candidate(
                        3, BASE, FailureCode.of(ErrorCode.SELF_TEST_FAILED), "0.2 against 0.7"))
                .build()),
        Arguments.of(
            "-certificate",
            GatewayResidencyBuilder.builder()
                .gatewayId("gateway-0")
                .incarnation("2026-03-01T12:00:00Z-1")
                .taskId("support-topic")
                .baseDigest(BASE)
                .generation(3)
                .version(2)
                .digest(DIGEST)
                .state(GatewayResidency.State.LOADED)
                .certificate(
                    new GatewayResidency.Certificate(
                        BASE,
                        Instant.parse("2026-03-01T11:00:00Z"),
                        32,
                        31,
                        List.of("reviews"),
                        Instant.parse("2026-03-01T12:00:00Z")))
                .confidence(
                    new GatewayResidency.Confidence(
                        new GatewayResidency.Window(500, 0.9375, 0.015625),
                        new GatewayResidency.Window(512, 0.75, 0.0625)))
                .build()));
  }

  @ParameterizedTest
  @MethodSource("laterForms")
  void bytesOfLaterFormsAreTheGoldens(String form, Event event) throws IOException {
    isGolden(event, form);
  }

  @ParameterizedTest
  @MethodSource("events")
  void bytesAreTheGoldens(Event event) throws IOException {
    isGolden(event, "");
  }

  private static void isGolden(Event event, String form) throws IOException {
    EventEnvelope<Event> envelope =
        new EventEnvelope<>(
            "e-1",
            "/shop",
            Instant.parse("2026-03-01T12:00:00Z"),
            Map.of("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            event);
    EventCodec.Encoded encoded = EventCodec.encode(envelope);
    String text = goldenText(encoded);
    String name = "/v1/events/" + envelope.type().typeName() + form + ".txt";
    if (Boolean.getBoolean("goldens.write")) {
      Files.writeString(Path.of("src/test/resources" + name), text);
    }
    String golden = resource(name);
    assertThat(text).isEqualTo(golden);

    EventCodec.Encoded read = parseGolden(golden);
    assertThat(EventCodec.decode(read.headers(), read.value())).isEqualTo(envelope);
  }

  @Test
  void everyTypeHasAGolden() {
    assertThat(events().map(EventType::of)).containsExactly(EventType.values());
  }

  private static String goldenText(EventCodec.Encoded encoded) {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(encoded.headers())
        .forEach((name, value) -> text.append(name).append(": ").append(value).append('\n'));
    return text.append('\n').append(new String(encoded.value(), UTF_8)).append('\n').toString();
  }

  private static EventCodec.Encoded parseGolden(String golden) {
    Map<String, String> headers = new LinkedHashMap<>();
    int blank = golden.indexOf("\n\n");
    golden
        .substring(0, blank)
        .lines()
        .forEach(
            line ->
                headers.put(
                    line.substring(0, line.indexOf(": ")), line.substring(line.indexOf(": ") + 2)));
    return new EventCodec.Encoded(headers, golden.substring(blank + 2).strip().getBytes(UTF_8));
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = EventGoldenTest.class.getResourceAsStream(name)) {
      assertThat(in).as("golden %s", name).isNotNull();
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
