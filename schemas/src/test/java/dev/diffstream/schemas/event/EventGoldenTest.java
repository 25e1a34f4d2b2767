package dev.diffstream.schemas.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.registry.AliasTarget;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The bytes of every event, both ways. A golden holds the headers, a blank line and the value. To
 * make them again after an intended change: {@code mvn test -pl schemas -Dtest=EventGoldenTest
 * -Dgoldens.write=true}.
 */
class EventGoldenTest {
  private static final String DIGEST = "ab".repeat(32);
  private static final String BASE = "cd".repeat(32);

  static Stream<Event> events() {
    return Stream.of(
        new TaskSubmitted(
            "support-topic",
            "all-MiniLM-L6-v2",
            Objective.PAIR_CLASSIFICATION,
            new TaskSubmitted.DataSet(
                "s3://diffstream/tasks/support-topic/data/train.csv.gz",
                "tasks/support-topic/data/dev.csv",
                "tasks/support-topic/data/test.csv",
                "csv",
                new TaskSubmitted.Columns("question", "other", "verdict")),
            "skip",
            "diff-pruning",
            DoubleNode.valueOf(0.005),
            "fp16",
            new TreeMap<>(
                Map.of("seed", IntNode.valueOf(7), "stage1Rate", DoubleNode.valueOf(1e-4))),
            new TaskSubmitted.Gate("majority", 0.05),
            "größte Abteilung",
            new TreeMap<>(Map.of("team", "desk"))),
        new RunProgressed(
            "run-1", "support-topic", 1, Phase.LEARNING_MASK, 12, 240, 0.625, 31.5, 0.25),
        new RunFailed(
            "run-1",
            "unknown",
            "/shop",
            "e-1",
            ErrorCode.INVALID_RECORD,
            "line 3: no label",
            false,
            "runs/run-1/report.json"),
        new DiffPublished(
            "run-1", "support-topic", "/shop", "e-1", DIGEST, 4711, BASE, "runs/run-1/report.json"),
        new VersionAnnounced(
            "support-topic", 2, BASE, Map.of("champion", new AliasTarget(2, DIGEST)), null),
        new GatewayResidency(
            "gateway-0", "support-topic", 2, 2, DIGEST, GatewayResidency.State.LOADED, null, null));
  }

  @ParameterizedTest
  @MethodSource("events")
  void bytesAreTheGoldens(Event event) throws IOException {
    EventEnvelope<Event> envelope =
        new EventEnvelope<>(
            "e-1",
            "/shop",
            Instant.parse("2026-03-01T12:00:00Z"),
            Map.of("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            event);
    EventCodec.Encoded encoded = EventCodec.encode(envelope);
    String text = goldenText(encoded);
    String name = "/v1/events/" + envelope.type().typeName() + ".txt";
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
