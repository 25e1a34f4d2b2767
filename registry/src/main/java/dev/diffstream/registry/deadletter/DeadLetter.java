package dev.diffstream.registry.deadletter;

import dev.diffstream.eventlog.DeadLetterHeaders;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.registry.intake.RefusedDiffs;
import dev.diffstream.schemas.ErrorCode;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A task event that failed.
 *
 * @param place of the letter: {@code topic/partition/offset}
 * @param origin where the event was sent; null where the letter is about a diff
 * @param runId of the run that failed; null where the letter does not say
 * @param notReplayable why the event cannot be sent once more; null if it can
 */
public record DeadLetter(
    String place,
    @Nullable String origin,
    String taskId,
    @Nullable String runId,
    String errorCode,
    String message,
    @Nullable String notReplayable) {

  /** Headers of letters that do not hold the whole event. */
  private static final Set<String> OMISSIONS =
      Set.of(DeadLetterHeaders.OMITTED_VALUE_BYTES, DeadLetterHeaders.OMITTED_HEADERS);

  static DeadLetter of(Received letter) {
    Map<String, String> headers = letter.headers();
    return new DeadLetter(
        letter.place(),
        isOfDiff(letter) ? null : headers.get(DeadLetterHeaders.ORIGIN),
        letter.key(),
        headers.get(DeadLetterHeaders.RUN_ID),
        headers.getOrDefault(DeadLetterHeaders.ERROR_CODE, ErrorCode.INVALID_EVENT.name()),
        headers.getOrDefault(DeadLetterHeaders.ERROR_MESSAGE, ""),
        obstacle(headers));
  }

  /** Whether it tells of a diff that the registry refused; its value is then the diff's event. */
  static boolean isOfDiff(Received letter) {
    return letter.headers().containsKey(DeadLetterHeaders.DIGEST);
  }

  private static @Nullable String obstacle(Map<String, String> headers) {
    if (headers.containsKey(DeadLetterHeaders.DIGEST)
        && !RefusedDiffs.mayBeSentAgain(headers.get(DeadLetterHeaders.ERROR_CODE))) {
      return "the registry refused the run's diff: send the task as a new event";
    }
    return OMISSIONS.stream().anyMatch(headers::containsKey)
        ? "the event was too large to be kept"
        : null;
  }
}
