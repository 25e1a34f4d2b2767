package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.PredictionAnswered;
import dev.diffstream.schemas.event.PredictionRequested;
import dev.diffstream.schemas.event.PredictionRequestedBuilder;
import io.opentelemetry.api.OpenTelemetry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Requests of a topic, and their answers on another. */
final class TopicFaceTest {
  private TinyGateway gateway = new TinyGateway();

  @AfterEach
  void close() {
    gateway.close();
  }

  private static PredictionRequestedBuilder request(String task, String text) {
    return PredictionRequestedBuilder.builder().taskId(task).text(text);
  }

  private void ask(String id, PredictionRequested request) {
    Encoded encoded =
        EventCodec.encode(
            new EventEnvelope<>(
                id,
                "/shop",
                Instant.EPOCH,
                Map.of("traceparent", InMemoryBackends.TRACE),
                request));
    gateway.backends.log.publish(
        Topics.REQUESTS, new Message(request.taskId(), encoded.headers(), encoded.value()));
  }

  /** Every answer, by the id of its request, once there are so many. */
  private Map<String, PredictionAnswered> answers(int count) {
    Map<String, PredictionAnswered> answers = new HashMap<>();
    long end = System.nanoTime() + TinyGateway.TIMEOUT.toNanos();
    try (EventLog.Follower follower = gateway.backends.log.follow(Topics.PREDICTIONS)) {
      while (answers.size() < count) {
        assertThat(System.nanoTime()).as("answers: " + answers).isLessThan(end);
        for (EventLog.Received record : follower.poll(Duration.ofMillis(50))) {
          PredictionAnswered answer =
              EventCodec.decode(record.headers(), record.value())
                  .as(PredictionAnswered.class)
                  .data();
          assertThat(record.headers().get("traceparent")).isIn(null, InMemoryBackends.TRACE);
          String request = answer.requestId();
          answers.put(request == null ? answer.requestSource() : request, answer);
        }
      }
    }
    return answers;
  }

  @Test
  void everyRequestHasTheAnswerOfTheRoute() throws Exception {
    gateway.serve("reviews", Objective.CLASSIFICATION);
    gateway.serve("pairs", Objective.PAIR_REGRESSION);
    gateway.serve("topics", Objective.MULTI_LABEL);
    for (int i = 0; i < 100; i++) {
      ask("r-" + i, request("reviews", "text " + i).topK(2).build());
    }
    ask("p", request("pairs", "one").textPair("two").build());
    ask("t", request("topics", "one").thresholds(DoubleNode.valueOf(0)).build());
    Map<String, PredictionAnswered> answers = answers(102);
    for (int i = 0; i < 100; i++) {
      PredictionAnswered answer = InMemoryBackends.at(answers, "r-" + i);
      assertThat(answer.requestSource()).isEqualTo("/shop");
      assertThat(answer.taskId()).isEqualTo("reviews");
      assertThat(answer.version()).isEqualTo(1);
      assertThat(answer.alias()).isEqualTo("champion");
      JsonNode route =
          TinyGateway.json(
              gateway.post(
                  "/v1/tasks/reviews/predict", "{\"text\":\"text " + i + "\",\"top_k\":2}"));
      assertThat(answer.digest()).isEqualTo(route.path("digest").asText());
      JsonNode prediction = Objects.requireNonNull(answer.prediction());
      assertThat(prediction.path("label")).isEqualTo(route.path("label"));
      assertThat(prediction.path("confidence")).isEqualTo(route.path("confidence"));
      assertThat(prediction.path("labels")).isEqualTo(route.path("labels"));
      assertThat(prediction.path("truncated").asBoolean(true)).isFalse();
    }
    assertThat(InMemoryBackends.at(answers, "p").prediction()).isNotNull();
    JsonNode labels = Objects.requireNonNull(InMemoryBackends.at(answers, "t").prediction());
    assertThat(labels.path("labels")).hasSize(2);
  }

  @Test
  void whatCannotBeAnsweredIsAnsweredWithItsReason() throws Exception {
    gateway.serve("reviews", Objective.CLASSIFICATION);
    ask("unknown", request("nobody", "a").build());
    ask("pair", request("reviews", "a").textPair("b").build());
    ask("long", request("reviews", "x".repeat(2000)).onLongText("refuse").build());
    ask("cut", request("reviews", "x".repeat(2000)).build());
    gateway.backends.log.publish(
        Topics.REQUESTS, new Message("k", Map.of(), "no event".getBytes(StandardCharsets.UTF_8)));
    Map<String, PredictionAnswered> answers = answers(5);
    assertFailed(answers, "unknown", ErrorCode.TASK_UNKNOWN);
    assertFailed(answers, "pair", ErrorCode.INVALID_REQUEST);
    assertFailed(answers, "long", ErrorCode.INVALID_REQUEST);
    PredictionAnswered cut = InMemoryBackends.at(answers, "cut");
    assertThat(Objects.requireNonNull(cut.prediction()).path("truncated").asBoolean()).isTrue();
    PredictionAnswered unreadable =
        answers.values().stream().filter(a -> a.requestId() == null).findFirst().orElseThrow();
    assertThat(unreadable.requestSource()).startsWith("diffstream.requests/");
    assertThat(unreadable.errorCode()).isEqualTo(FailureCode.of(ErrorCode.INVALID_EVENT));
  }

  private static void assertFailed(
      Map<String, PredictionAnswered> answers, String id, ErrorCode code) {
    PredictionAnswered answer = InMemoryBackends.at(answers, id);
    assertThat(answer.errorCode()).isEqualTo(FailureCode.of(code));
    assertThat(answer.message()).isNotEmpty();
    assertThat(answer.prediction()).isNull();
    assertThat(answer.version()).isNull();
  }

  /** A queue for four requests, and a hundred at once. */
  @Test
  void whatTheQueueHasNoRoomForWaits() throws Exception {
    gateway.close();
    GatewaySettings small =
        new GatewaySettings(
            "gateway-1",
            List.of("tiny"),
            InMemoryBackends.settings().listening(),
            new GatewaySettings.Limits(4, 100_000, 4, 1 << 20),
            100,
            InMemoryBackends.settings().diffs(),
            InMemoryBackends.settings().computing(),
            InMemoryBackends.settings().residency());
    gateway = new TinyGateway(small, new TinyModel(), OpenTelemetry.noop());
    gateway.serve("reviews", Objective.CLASSIFICATION);
    for (int i = 0; i < 100; i++) {
      ask("r-" + i, request("reviews", "text " + i).build());
    }
    assertThat(answers(100).values()).allMatch(answer -> answer.errorCode() == null);
  }

  /** One that stops, or dies, before it has committed leaves its requests to the next. */
  @Test
  void requestsThatWereNotAnsweredAreAnsweredByTheNextGateway() throws Exception {
    gateway.serve("reviews", Objective.CLASSIFICATION);
    try (EventLog.Subscription dead =
        gateway.backends.log.subscribe(Topics.REQUESTS, Topics.GATEWAYS)) {
      for (int i = 0; i < 40; i++) {
        ask("r-" + i, request("reviews", "text " + i).build());
      }
      dead.poll(Duration.ofSeconds(1)); // and never an answer
    }
    assertThat(answers(40)).hasSize(40);
  }

  @Test
  void twoAnswersToARequestHaveTheSameId() throws Exception {
    gateway.serve("reviews", Objective.CLASSIFICATION);
    ask("twice", request("reviews", "a").build());
    ask("twice", request("reviews", "a").build());
    ask("once", request("reviews", "a").build());
    answers(2);
    long end = System.nanoTime() + TinyGateway.TIMEOUT.toNanos();
    List<String> ids = List.of();
    while (ids.size() < 3) {
      assertThat(System.nanoTime()).isLessThan(end);
      ids =
          gateway.backends.records(Topics.PREDICTIONS).stream()
              .map(record -> String.valueOf(record.headers().get("ce_id")))
              .toList();
    }
    assertThat(ids).hasSize(3);
    assertThat(ids.stream().distinct()).hasSize(2);
  }
}
