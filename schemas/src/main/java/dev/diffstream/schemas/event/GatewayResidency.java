package dev.diffstream.schemas.event;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.diffstream.schemas.ErrorCode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A gateway's word of what it has loaded for a task.
 *
 * @param generation the alias generation that this answers
 * @param version champion of that generation; 0 when withdrawn
 */
public record GatewayResidency(
    String gatewayId,
    String taskId,
    long generation,
    long version,
    @Nullable String digest,
    State state,
    @Nullable ErrorCode errorCode,
    @Nullable String message)
    implements Event {

  /** What became of the announcement. */
  public enum State {
    LOADED,
    FAILED,
    WITHDRAWN;

    @JsonValue
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    public static State of(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT));
    }
  }
}
