package dev.diffstream.schemas.event;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.FailureCode;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
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
 * @param certificate that serving this version has changed the answers of no other task
 * @param confidence how sure of its answers this version was at first, and is now
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
    @Nullable Candidate candidate,
    @Nullable Certificate certificate,
    @Nullable Confidence confidence)
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

  /**
   * After a version had begun to serve, the probes of other tasks in the gateway's memory were
   * asked again, each alone, and their scores compared bit for bit with those that the same diffs
   * gave when they were first asked in this process.
   *
   * @param baseDigest of the base that all of them are served over
   * @param baseChecked when that digest was computed of the parameters in memory; absent where it
   *     is not known
   * @param tasks whose probes were compared
   * @param equal of them gave every bit as before
   * @param different ids of the others, at most {@link #MAX_TASKS}
   */
  public record Certificate(
      String baseDigest,
      @Nullable Instant baseChecked,
      int tasks,
      int equal,
      List<String> different,
      Instant time) {
    /** No certificate compares more. */
    public static final int MAX_TASKS = 32;

    public Certificate {
      List<String> told = different == null ? List.of() : different;
      different = List.copyOf(told.subList(0, Math.min(told.size(), MAX_TASKS)));
    }
  }

  /**
   * Probabilities of the labels that were answered, of a task that gives each text one label.
   *
   * @param reference of the version's first answers in this process
   * @param latest of its latest ones; the two have no answer in common
   */
  public record Confidence(Window reference, Window latest) {}

  /**
   * Probabilities of a number of answers.
   *
   * @param mean from 0 to 1
   * @param variance of a sample, with the divisor {@code answers - 1}
   */
  public record Window(long answers, double mean, double variance) {}

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
