package dev.diffstream.registry.intake;

import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.registry.VersionRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the registry saw that a diff was published.
 *
 * @param received the record of the diffs topic; absent where the report of its run spoke for it
 * @param replayed whether it stood in the topic when this registry started
 * @param sentAgain whether a person has sent it once more, after a refusal
 */
public record Sighting(@Nullable Received received, boolean replayed, boolean sentAgain) {
  /** The record was lost; the diff is known from the report of its run. */
  public static final Sighting NONE = new Sighting(null, true, false);

  /** {@code topic/partition/offset}. */
  @Nullable String place() {
    return received == null ? null : received.place();
  }

  /**
   * Fails with VERSION_UNKNOWN if the event may be the one that claimed a version whose object is
   * gone: it is from before that loss, and holds none of the versions that are left. It must not
   * get a second, newer version.
   *
   * @param versions those whose objects are there
   * @param decided versions up to this number were given out
   */
  public void checkNotOfAMissingVersion(
      DiffPublished event, List<VersionRecord> versions, long decided) {
    long highest = versions.isEmpty() ? 0 : versions.getLast().version();
    boolean complete = versions.size() == Math.max(highest, decided);
    if (complete || !isFromBefore(versions, highest < decided)) {
      return;
    }
    throw new DiffstreamException(
        ErrorCode.VERSION_UNKNOWN,
        "task %s: %d of the versions up to %d are gone; event %s of %s is from before that and may have been one of them"
            .formatted(
                event.taskId(),
                Math.max(highest, decided) - versions.size(),
                Math.max(highest, decided),
                event.eventId(),
                event.eventSource()));
  }

  private boolean isFromBefore(List<VersionRecord> versions, boolean newestIsGone) {
    return received == null
        || (newestIsGone && replayed)
        || versions.stream().anyMatch(version -> isBefore(received, version));
  }

  /** Whether a version came from a later record of the same partition. */
  private static boolean isBefore(Received received, VersionRecord version) {
    String place = version.published();
    String partition = received.topic() + "/" + received.partition() + "/";
    if (place == null || !place.startsWith(partition)) {
      return false;
    }
    return Long.parseLong(place.substring(partition.length())) > received.offset();
  }
}
