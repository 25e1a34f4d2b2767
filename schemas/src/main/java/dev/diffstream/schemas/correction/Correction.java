package dev.diffstream.schemas.correction;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The right label of a text, as somebody said it: {@code tasks/<id>/data/corrections/<20
 * digits>.json}, put if absent. It is a row of data too: learning reads text, textPair and label,
 * and nothing else of it.
 *
 * @param number among the task's corrections, from 1; of two about one text the later counts
 * @param textPair the second text of a pair
 * @param answered the label that was answered; absent where nobody said
 * @param answerId of the answer that was wrong or right, as its asker named it
 * @param digest of the diff that answered
 * @param requestId of the request, where it may be made again
 */
@RecordBuilder
public record Correction(
    String taskId,
    long number,
    String text,
    @Nullable String textPair,
    String label,
    @Nullable String answered,
    @Nullable String answerId,
    @Nullable String digest,
    String actor,
    @Nullable String requestId,
    Instant created) {

  /**
   * Whether the answer was right: a correction that does not say what was answered is of a wrong
   * one.
   */
  public boolean confirms() {
    return Objects.equals(label, answered);
  }
}
