package dev.diffstream.schemas.event;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * An event with its CloudEvents attributes.
 *
 * @param id unique within {@code source}; the pair names the event
 * @param source URI-reference of who sent it, e.g. {@code /diffstream/registry}
 * @param extensions further attributes, e.g. {@code traceparent}; lower-case letters and digits
 */
public record EventEnvelope<T extends Event>(
    String id, String source, Instant time, Map<String, String> extensions, T data) {
  public EventEnvelope {
    extensions = Map.copyOf(extensions);
  }

  /** A new event with a random id, now. */
  public static <T extends Event> EventEnvelope<T> of(
      String source, T data, Map<String, String> extensions) {
    return new EventEnvelope<>(
        UUID.randomUUID().toString(), source, Instant.now(), extensions, data);
  }

  public EventType type() {
    return EventType.of(data);
  }

  /** This envelope as one of {@code T}, or INVALID_EVENT. */
  public <S extends Event> EventEnvelope<S> as(Class<S> type) {
    if (!type.isInstance(data)) {
      throw new dev.diffstream.schemas.DiffstreamException(
          dev.diffstream.schemas.ErrorCode.INVALID_EVENT,
          "expected a " + type.getSimpleName() + " event, got " + type().typeName());
    }
    return new EventEnvelope<>(id, source, time, extensions, type.cast(data));
  }
}
