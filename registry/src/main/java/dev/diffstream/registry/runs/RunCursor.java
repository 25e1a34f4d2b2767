package dev.diffstream.registry.runs;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Comparator;

/** A run's place in lists: those that began last come first. */
public record RunCursor(Instant started, String runId) implements Comparable<RunCursor> {
  private static final Comparator<RunCursor> ORDER =
      Comparator.comparing(RunCursor::started).reversed().thenComparing(RunCursor::runId);

  public static RunCursor of(RunView run) {
    return new RunCursor(run.started(), run.runId());
  }

  /**
   * Reads what {@link #text} wrote.
   *
   * @throws DiffstreamException INVALID_REQUEST for another text
   */
  public static RunCursor parse(String text) {
    int comma = text.indexOf(',');
    try {
      if (comma > 0) {
        return new RunCursor(Instant.parse(text.substring(0, comma)), text.substring(comma + 1));
      }
    } catch (DateTimeException e) {
      // reported below, with what was expected
    }
    throw new DiffstreamException(
        ErrorCode.INVALID_REQUEST,
        "after must be the \"next\" of a page before, got: " + Bounded.value(text));
  }

  /** For the address of the next page: {@code time,run id}. */
  public String text() {
    return started + "," + runId;
  }

  @Override
  public int compareTo(RunCursor other) {
    return ORDER.compare(this, other);
  }
}
