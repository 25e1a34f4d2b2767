package dev.diffstream.schemas.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Json;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Events as Kafka headers and value: CloudEvents 1.0, Kafka protocol binding. Written in binary
 * mode ({@code ce_*} headers, the data alone as value); read in binary and structured mode. The
 * data is checked against its JSON Schema both ways. Stateless and thread-safe.
 */
public final class EventCodec {
  private static final String STRUCTURED = "application/cloudevents+json";
  private static final int MAX_BYTES = 1 << 20;

  /** Headers and value of a record. */
  public record Encoded(Map<String, String> headers, byte[] value) {
    public Encoded {
      headers = Map.copyOf(headers);
    }
  }

  private EventCodec() {}

  /** Fails with INVALID_EVENT when the data breaks its own schema: nothing invalid is ever sent. */
  public static <T extends Event> Encoded encode(EventEnvelope<T> envelope) {
    EventType type = envelope.type();
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
        .forEach((name, text) -> headers.put(isTraceHeader(name) ? name : "ce_" + name, text));
    return new Encoded(headers, value);
  }

  /** Fails with INVALID_EVENT, or UNSUPPORTED_VERSION for a later version of a known type. */
  public static EventEnvelope<? extends Event> decode(Map<String, String> headers, byte[] value) {
    Attributes attributes = attributes(headers, value);
    EventType type = typeOf(attributes.required("type"));
    JsonNode data = attributes.data();
    EventSchemas.check(type, data);
    Event event = Json.convert(data, type.dataClass(), type.typeName());
    return new EventEnvelope<>(
        attributes.required("id"),
        attributes.required("source"),
        attributes.time(),
        attributes.extensions(),
        event);
  }

  /**
   * Where a readable event has fields that its schema does not name, as JSON pointers in the order
   * of the data. They are ignored when it is read.
   */
  public static List<String> unknownFields(Map<String, String> headers, byte[] value) {
    Attributes attributes = attributes(headers, value);
    return EventSchemas.unknownFields(typeOf(attributes.required("type")), attributes.data());
  }

  /**
   * The id and source of an event whose data may be broken; null where even these cannot be read.
   */
  public static @Nullable EventName nameOf(Map<String, String> headers, byte[] value) {
    try {
      Attributes attributes = attributes(headers, value);
      return new EventName(attributes.required("source"), attributes.required("id"));
    } catch (DiffstreamException unreadable) {
      return null;
    }
  }

  /** A CloudEvents source and id: together they name an event (I3). */
  public record EventName(String source, String id) {}

  private static Attributes attributes(Map<String, String> headers, byte[] value) {
    if (value.length > MAX_BYTES) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "an event holds at most " + MAX_BYTES + " bytes, got " + value.length);
    }
    Map<String, String> lower = new TreeMap<>();
    headers.forEach((name, text) -> lower.put(name.toLowerCase(Locale.ROOT), text));
    boolean structured =
        lower.getOrDefault("content-type", "").startsWith(STRUCTURED)
            || !lower.containsKey("ce_specversion");
    return structured ? structured(lower, value) : binary(lower, value);
  }

  private static Attributes binary(Map<String, String> headers, byte[] value) {
    Map<String, String> attributes = new TreeMap<>();
    headers.forEach(
        (name, text) -> {
          if (name.startsWith("ce_")) {
            attributes.put(name.substring(3), text);
          } else if (isTraceHeader(name)) {
            attributes.put(name, text);
          }
        });
    return new Attributes(attributes, value, null);
  }

  private static Attributes structured(Map<String, String> headers, byte[] value) {
    JsonNode event = Json.parse(value, "the event");
    if (!event.path("specversion").isTextual()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "expected a CloudEvents 1.0 event: ce_* headers with the data as value (binary mode), or a JSON object with"
              + " specversion, id, source, type and data (structured mode)");
    }
    Map<String, String> attributes = new TreeMap<>();
    headers.entrySet().stream()
        .filter(h -> isTraceHeader(h.getKey()))
        .forEach(h -> attributes.put(h.getKey(), h.getValue()));
    event.properties().stream()
        .filter(p -> p.getValue().isValueNode() && !p.getValue().isNull())
        .forEach(p -> attributes.put(p.getKey(), p.getValue().asText()));
    return new Attributes(attributes, value, event.path("data"));
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
                      + name);
            });
  }

  private static boolean isTraceHeader(String name) {
    return name.equals("traceparent") || name.equals("tracestate");
  }

  /**
   * CloudEvents attributes by name, and the data: bytes in binary mode, a node in structured mode.
   */
  private record Attributes(Map<String, String> byName, byte[] value, @Nullable JsonNode node) {

    String required(String name) {
      String text = byName.get(name);
      if (text == null || text.isBlank()) {
        throw new DiffstreamException(
            ErrorCode.INVALID_EVENT, "the event has no CloudEvents attribute " + name);
      }
      return text;
    }

    JsonNode data() {
      String version = required("specversion");
      if (!version.equals("1.0")) {
        throw new DiffstreamException(
            ErrorCode.UNSUPPORTED_VERSION, "CloudEvents specversion must be 1.0, got: " + version);
      }
      if (node == null) {
        return Json.parse(value, "the event's data");
      }
      if (!node.isObject()) {
        throw new DiffstreamException(
            ErrorCode.INVALID_EVENT, "the event's data must be a JSON object");
      }
      return node;
    }

    Instant time() {
      String text = byName.get("time");
      try {
        return text == null ? Instant.EPOCH : OffsetDateTime.parse(text).toInstant();
      } catch (DateTimeParseException e) {
        throw new DiffstreamException(
            ErrorCode.INVALID_EVENT, "the event's time must be RFC 3339, got: " + text, e);
      }
    }

    Map<String, String> extensions() {
      Map<String, String> rest = new TreeMap<>(byName);
      rest.keySet()
          .removeAll(
              java.util.Set.of(
                  "specversion",
                  "id",
                  "source",
                  "type",
                  "time",
                  "subject",
                  "datacontenttype",
                  "dataschema"));
      return rest;
    }
  }

  /** The text of a value that should be UTF-8; for logs and dead letters. */
  public static String preview(byte[] value) {
    String text = new String(value, 0, Math.min(value.length, 200), UTF_8);
    return value.length <= 200 ? text : text + "…";
  }
}
