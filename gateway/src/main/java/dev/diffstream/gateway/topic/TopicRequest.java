package dev.diffstream.gateway.topic;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.RoutingKey;
import dev.diffstream.gateway.face.Caller;
import dev.diffstream.gateway.prediction.PredictRequest;
import dev.diffstream.gateway.prediction.PredictionBodies;
import dev.diffstream.gateway.prediction.TaskPredictions;
import dev.diffstream.gateway.telemetry.Protocol;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventCodec.EventName;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.PredictionAnswered;
import dev.diffstream.schemas.event.PredictionAnsweredBuilder;
import dev.diffstream.schemas.event.PredictionRequested;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.service.access.Principal;
import dev.diffstream.telemetry.TraceContext;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A record of the topic of requests, and the answers that it may get. Answers to the same request
 * have the same id, whichever gateway gave them and however often.
 *
 * @param name source and id; null where they cannot be read
 * @param event null where it cannot be read
 * @param unreadable why it cannot be read
 */
record TopicRequest(
    Received record,
    @Nullable EventName name,
    @Nullable EventEnvelope<PredictionRequested> event,
    @Nullable DiffstreamException unreadable) {
  private static final String UNKNOWN = "unknown";
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  static TopicRequest of(Received record) {
    EventName name = EventCodec.nameOf(record.headers(), record.value());
    try {
      EventEnvelope<PredictionRequested> event =
          EventCodec.decode(record.headers(), record.value()).as(PredictionRequested.class);
      return new TopicRequest(record, name, event, null);
    } catch (DiffstreamException e) {
      return new TopicRequest(record, name, null, e);
    }
  }

  String task() {
    return event == null ? UNKNOWN : event.data().taskId();
  }

  /** After which there is an answer, if only that there is none. */
  Duration timeout() {
    Long millis = event == null ? null : event.data().timeoutMillis();
    return millis == null ? DEFAULT_TIMEOUT : Duration.ofMillis(millis);
  }

  /** Who asks: the source of the event. The event must have been read. */
  Caller caller(EventEnvelope<PredictionRequested> of) {
    String key = of.data().routingKey();
    return new Caller(
        Protocol.TOPIC,
        Principal.unrestricted(ActorName.ofUser(of.source())), // the broker decides who may send
        TraceContext.of(of.extensions()),
        key == null ? RoutingKey.NONE : new RoutingKey(key),
        timeout());
  }

  /** What the task is asked, in the form of the route for single tasks. */
  static PredictRequest asked(PredictionRequested request) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("text", request.text());
    if (request.textPair() != null) {
      body.put("text_pair", request.textPair());
    }
    if (request.topK() != null) {
      body.put("top_k", request.topK());
    }
    if (request.thresholds() != null) {
      body.set("thresholds", request.thresholds());
    }
    if (request.onLongText() != null) {
      body.put("onLongText", request.onLongText());
    }
    return PredictRequest.ofTask(body, 1);
  }

  Message answered(TaskPredictions predictions, String gatewayId, Instant now) {
    ResidentDiff diff = predictions.diff();
    return message(
        answer()
            .version(diff.version())
            .digest(diff.digest())
            .alias(diff.servedAs().alias())
            .prediction(PredictionBodies.single(predictions))
            .build(),
        gatewayId,
        now);
  }

  Message failed(DiffstreamException failure, String gatewayId, Instant now) {
    return message(
        answer().errorCode(FailureCode.of(failure.code())).message(failure.reason()).build(),
        gatewayId,
        now);
  }

  private PredictionAnsweredBuilder answer() {
    return PredictionAnsweredBuilder.builder()
        .taskId(task())
        .requestSource(name == null ? record.place() : name.source())
        .requestId(name == null ? null : name.id());
  }

  private Message message(PredictionAnswered answer, String gatewayId, Instant now) {
    String asked = name == null ? record.place() : name.source() + '\n' + name.id();
    Map<String, String> trace = event == null ? Map.of() : TraceContext.of(event.extensions());
    Encoded encoded =
        EventCodec.encode(
            new EventEnvelope<>(
                "answer-" + Sha256.of(asked).substring(0, 32),
                "/diffstream/gateway/" + gatewayId,
                now,
                trace,
                answer));
    return new Message(answer.taskId(), encoded.headers(), encoded.value());
  }

  /** Whether the same request may have an answer later. */
  static boolean passes(DiffstreamException failure) {
    return failure.code() == ErrorCode.OVERLOADED || failure.code() == ErrorCode.NOT_READY;
  }
}
