package dev.diffstream.schemas.event;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A CloudEvent as it was received, in binary or structured mode of the Kafka protocol binding. The
 * attributes are checked when they are asked for, so that an event with a broken part can still be
 * named.
 *
 * @param attributes by name, in lower case
 * @param value of the record: the data in binary mode, the whole event in structured mode
 * @param event the whole event in structured mode; null in binary mode
 */
record CloudEvent(Map<String, String> attributes, byte[] value, @Nullable JsonNode event) {
  private static final String STRUCTURED = "application/cloudevents+json";
  private static final Set<String> CONTEXT =
      Set.of(
          "specversion",
          "id",
          "source",
          "type",
          "time",
          "subject",
          "datacontenttype",
          "dataschema",
          "data_base64");
  private static final Pattern RFC_3339 =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)");

  /**
   * Structured mode by its content type, whatever its case and parameters, or where no header
   * carries an attribute; else binary mode. Fails with INVALID_EVENT where a structured event is
   * not a JSON object.
   */
  static CloudEvent of(Map<String, String> headers, byte[] value) {
    Map<String, String> lower = new HashMap<>();
    headers.forEach((name, text) -> lower.put(name.toLowerCase(Locale.ROOT), text));
    String contentType = lower.getOrDefault("content-type", "");
    String mediaType = contentType.split(";", 2)[0].strip();
    boolean binary = lower.keySet().stream().anyMatch(name -> name.startsWith("ce_"));
    return mediaType.equalsIgnoreCase(STRUCTURED) || !binary
        ? structured(lower, value)
        : binary(lower, value);
  }

  private static CloudEvent binary(Map<String, String> headers, byte[] value) {
    Map<String, String> attributes = new HashMap<>();
    headers.forEach(
        (name, text) -> {
          if (name.startsWith("ce_")) {
            attributes.put(name.substring(3), text);
          } else if (isTraceHeader(name)) {
            attributes.put(name, text);
          }
        });
    return new CloudEvent(attributes, value, null);
  }

  private static CloudEvent structured(Map<String, String> headers, byte[] value) {
    JsonNode event = Json.parse(value, "the event");
    if (!event.isObject() || event.isEmpty()) {
      throw invalid(
          "expected a CloudEvents 1.0 event: ce_* headers with the data as value (binary mode), or a JSON object with"
              + " specversion, id, source, type and data (structured mode)");
    }
    Map<String, String> attributes = new HashMap<>();
    headers.entrySet().stream()
        .filter(header -> isTraceHeader(header.getKey()))
        .forEach(header -> attributes.put(header.getKey(), header.getValue()));
    event.properties().stream()
        .filter(field -> field.getValue().isValueNode() && !field.getValue().isNull())
        .filter(field -> !field.getKey().equals("data"))
        .forEach(field -> attributes.put(field.getKey(), field.getValue().asText()));
    return new CloudEvent(attributes, value, event);
  }

  static boolean isTraceHeader(String name) {
    return name.equals("traceparent") || name.equals("tracestate");
  }

  /** The attribute's text, or INVALID_EVENT where there is none or it is no CloudEvents string. */
  String required(String name) {
    String text = attributes.get(name);
    if (text == null || text.isBlank()) {
      throw invalid("the event has no CloudEvents attribute " + name);
    }
    EventCodec.checkAttribute(name, text);
    return text;
  }

  /** The data as JSON; UNSUPPORTED_VERSION for another version of CloudEvents than 1.0. */
  JsonNode data() {
    String version = required("specversion");
    if (!version.equals("1.0")) {
      throw new DiffstreamException(
          ErrorCode.UNSUPPORTED_VERSION,
          "CloudEvents specversion must be 1.0, got: " + Bounded.value(version));
    }
    if (event == null) {
      return Json.parse(value, "the event's data");
    }
    if (event.has("data_base64")) {
      return base64Data(event);
    }
    JsonNode data = event.path("data");
    if (!data.isObject()) {
      throw invalid("the event's data must be a JSON object");
    }
    return data;
  }

  private static JsonNode base64Data(JsonNode event) {
    if (event.hasNonNull("data")) {
      throw invalid("the event has both data and data_base64, expected one of them");
    }
    JsonNode text = event.path("data_base64");
    try {
      return Json.parse(Base64.getDecoder().decode(text.asText()), "the event's data_base64");
    } catch (IllegalArgumentException e) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT, "the event's data_base64 is not base64: " + e.getMessage(), e);
    }
  }

  /** The time of the event; the epoch where the event does not say. */
  Instant time() {
    if (event != null && event.path("time").isContainerNode()) {
      throw invalid("the event's time must be a text in the form of RFC 3339");
    }
    String text = attributes.get("time");
    if (text == null) {
      return Instant.EPOCH;
    }
    String upper = text.toUpperCase(Locale.ROOT);
    try {
      if (RFC_3339.matcher(upper).matches()) {
        return OffsetDateTime.parse(upper).toInstant();
      }
    } catch (DateTimeParseException noSuchTime) {
      // refused below, with what was expected
    }
    throw invalid(
        "the event's time must be RFC 3339, such as 2026-01-31T10:00:00Z, got: "
            + Bounded.value(text));
  }

  Map<String, String> extensions() {
    Map<String, String> rest = new TreeMap<>(attributes);
    rest.keySet().removeAll(CONTEXT);
    return rest;
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_EVENT, message);
  }
}
