package dev.diffstream.schemas.event;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Events as Kafka headers and value: CloudEvents 1.0, Kafka protocol binding. Written in binary
 * mode ({@code ce_*} headers, the data alone as value); read in binary and structured mode. The
 * data is checked against its JSON Schema both ways. Stateless and thread-safe.
 */
public final class EventCodec {
  private static final String UNKNOWN_TASK = "unknown";
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_ATTRIBUTE_CHARS = 1_024;

  /** Headers and value of a record. */
  public record Encoded(Map<String, String> headers, byte[] value) {
    public Encoded {
      headers = Map.copyOf(headers);
    }
  }

  private EventCodec() {}

  /**
   * Fails with INVALID_EVENT when the data breaks its own schema, or id or source are no
   * CloudEvents strings: nothing invalid is ever sent.
   */
  public static <T extends Event> Encoded encode(EventEnvelope<T> envelope) {
    EventType type = envelope.type();
    checkAttribute("id", envelope.id());
    checkAttribute("source", envelope.source());
    byte[] value = Json.write(envelope.data());
    EventSchemas.check(type, Json.parse(value, type.typeName()));
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("ce_specversion", "1.0");
    headers.put("ce_id", envelope.id());
    headers.put("ce_source", envelope.source());
    headers.put("ce_type", type.typeName());
    headers.put("ce_time", envelope.time().toString());
    headers.put("ce_subject", envelope.data().subject());
    headers.put("content-type", "application/json");
    envelope
        .extensions()
        .forEach(
            (name, text) ->
                headers.put(CloudEvent.isTraceHeader(name) ? name : "ce_" + name, text));
    return new Encoded(headers, value);
  }

  /**
   * Fails with INVALID_EVENT, or UNSUPPORTED_VERSION for a later version of a known type or another
   * version of CloudEvents.
   */
  public static EventEnvelope<? extends Event> decode(Map<String, String> headers, byte[] value) {
    CloudEvent received = received(headers, value);
    JsonNode data = received.data();
    EventType type = typeOf(received.required("type"));
    EventSchemas.check(type, data);
    Event event = Json.convert(data, type.dataClass(), type.typeName());
    return new EventEnvelope<>(
        received.required("id"),
        received.required("source"),
        received.time(),
        received.extensions(),
        event);
  }

  /** The data of a readable event as it was sent, with fields that its schema does not name. */
  public static JsonNode dataOf(Map<String, String> headers, byte[] value) {
    return received(headers, value).data();
  }

  /**
   * Where a readable event has fields that its schema does not name, as JSON pointers in the order
   * of the data. They are ignored when it is read.
   */
  public static List<String> unknownFields(Map<String, String> headers, byte[] value) {
    CloudEvent received = received(headers, value);
    return EventSchemas.unknownFields(typeOf(received.required("type")), received.data());
  }

  /**
   * The id and source of an event whose data may be broken; null where even these cannot be read.
   */
  public static @Nullable EventName nameOf(Map<String, String> headers, byte[] value) {
    try {
      CloudEvent received = received(headers, value);
      return new EventName(received.required("source"), received.required("id"));
    } catch (DiffstreamException unreadable) {
      return null;
    }
  }

  /** The task that a broken event is about, by its subject or its data; {@code unknown} if none. */
  public static String taskOf(Map<String, String> headers, byte[] value) {
    String subject = headers.getOrDefault("ce_subject", "");
    if (TaskId.isValid(subject)) {
      return subject;
    }
    try {
      JsonNode event = Json.parse(value, "the event");
      String named = event.path("taskId").asText(event.path("data").path("taskId").asText());
      return TaskId.isValid(named) ? named : UNKNOWN_TASK;
    } catch (DiffstreamException unreadable) {
      return UNKNOWN_TASK;
    }
  }

  /** A CloudEvents source and id: together they name an event (I3). */
  public record EventName(String source, String id) {}

  private static CloudEvent received(Map<String, String> headers, byte[] value) {
    if (value.length > MAX_BYTES) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "an event holds at most " + MAX_BYTES + " bytes, got " + value.length);
    }
    return CloudEvent.of(headers, value);
  }

  /**
   * A CloudEvents string has no control characters and no half of a surrogate pair. Its length is
   * limited here, since ids travel in headers, reports and messages.
   */
  static void checkAttribute(String name, String text) {
    String fault = null;
    if (text.length() > MAX_ATTRIBUTE_CHARS) {
      fault = "has " + text.length() + " chars, expected at most " + MAX_ATTRIBUTE_CHARS;
    }
    for (int i = 0;
        i < text.length() && fault == null;
        i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      if (Character.isISOControl(c)) {
        fault = "has a control character, expected none";
      } else if (Character.getType(c) == Character.SURROGATE) {
        fault = "has half of a surrogate pair, expected Unicode text";
      }
    }
    if (fault != null) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT, "the CloudEvents attribute " + name + " " + fault);
    }
  }

  private static EventType typeOf(String name) {
    return EventType.named(name)
        .orElseThrow(
            () -> {
              String stem = name.replaceFirst("\\.v\\d+$", "");
              boolean later = !stem.equals(name) && EventType.named(stem + ".v1").isPresent();
              return new DiffstreamException(
                  later ? ErrorCode.UNSUPPORTED_VERSION : ErrorCode.INVALID_EVENT,
                  (later
                          ? "this program reads version 1 of the event type, got: "
                          : "unknown event type: ")
                      + Bounded.value(name));
            });
  }
}
