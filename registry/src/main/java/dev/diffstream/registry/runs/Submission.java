package dev.diffstream.registry.runs;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The task event of a run, and where it stands on its way to a worker; immutable.
 *
 * @param place where it was sent first: {@code topic/partition/offset}
 * @param base as the event names it; null: the default
 * @param retry whether the event was sent before, and failed
 * @param control number of the newest control object that is done with; 0: none
 * @param waitsFor for people; null where it waits for its turn alone
 */
public record Submission(
    String place,
    Instant submitted,
    @Nullable String owner,
    Map<String, String> labels,
    int priority,
    @Nullable String base,
    State state,
    boolean retry,
    long control,
    @Nullable String waitsFor) {
  public Submission {
    labels = Map.copyOf(labels);
  }

  /** Where the event stands. */
  public enum State {
    /** It waits for its turn. */
    WAITING,
    /** Its turn has come; no worker is known to have it. */
    READY,
    /** A worker has it. */
    TAKEN,
    /** Somebody asked for a pause. */
    PAUSED;

    @JsonValue
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
