package dev.diffstream.schemas.event;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.FailureCode;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a gateway has loaded for a task.
 *
 * @param incarnation of the gateway's process; what an earlier incarnation said no longer holds
 * @param baseDigest of the base that the gateway serves the task over
 * @param generation the alias generation that this answers
 * @param version champion of that generation; 0 when withdrawn, or for a provisional. Beside {@code
 *     health}, the version that it speaks of
 * @param errorCode why the champion, or beside {@code loaded} the canary, does not serve; beside
 *     {@code health}, why the version is to be taken back
 * @param health of a version that answers badly
 * @param candidate what came of the test of the candidate that the generation names
 */
@RecordBuilder
public record GatewayResidency(
    String gatewayId,
    String incarnation,
    String taskId,
    @Nullable String baseDigest,
    long generation,
    long version,
    @Nullable String digest,
    State state,
    @Nullable FailureCode errorCode,
    @Nullable String message,
    @Nullable Health health,
    @Nullable Candidate candidate)
    implements TaskRelatedEvent {
  public GatewayResidency {
    message = message == null ? null : Bounded.message(message);
  }

  /**
   * How a version has served at one gateway.
   *
   * @param requests answered or failed since {@code since}
   * @param failures of them that were not the caller's fault
   */
  public record Health(long requests, long failures, Instant since) {}

  /**
   * A version that the gateway has tested and does not serve.
   *
   * @param errorCode why it cannot serve; absent if it can
   */
  public record Candidate(
      long version, String digest, @Nullable FailureCode errorCode, @Nullable String message) {
    public Candidate {
      message = message == null ? null : Bounded.message(message);
    }
  }

  /** What became of the announcement. */
  public enum State {
    LOADED,
    FAILED,
    WITHDRAWN,
    /** A state that this program does not know; never written. */
    UNKNOWN;

    @JsonValue
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    public static State of(String text) {
      return Arrays.stream(values()).filter(s -> s.text().equals(text)).findFirst().orElse(UNKNOWN);
    }
  }
}
