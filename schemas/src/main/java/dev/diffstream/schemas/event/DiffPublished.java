package dev.diffstream.schemas.event;

import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A diff is durable in the object store (I2).
 *
 * @param eventSource CloudEvents source of the task event
 * @param eventId CloudEvents id of the task event; with the source it names the claim (I3)
 * @param attempt of the run that learned it, from 1
 * @param digest SHA-256 of the diff file, its name
 * @param bytes size of the diff file
 * @param report object key of the attempt's report
 * @param stage {@code final} (default), or {@code provisional}: a head alone, which claims no
 *     version
 */
@RecordBuilder
public record DiffPublished(
    String runId,
    String taskId,
    String eventSource,
    String eventId,
    long attempt,
    String digest,
    long bytes,
    String baseDigest,
    String report,
    @Nullable String stage)
    implements TaskRelatedEvent {
  /** Value of {@code stage}: a head alone. */
  public static final String PROVISIONAL = "provisional";

  /** Whether this diff asks for a version; a stage that this program does not know does not. */
  public boolean claimsVersion() {
    return stage == null || stage.equals("final");
  }
}
