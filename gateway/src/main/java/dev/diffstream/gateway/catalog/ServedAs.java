package dev.diffstream.gateway.catalog;

import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.registry.AliasGeneration;
import org.jspecify.annotations.Nullable;

/**
 * In which place a diff answers.
 *
 * @param alias {@code champion}, {@code canary}, {@code previous} or {@code provisional}
 * @param championFailure why the champion is not served and this one, its previous version, stands
 *     in for it; null where nothing stands in
 */
public record ServedAs(String alias, @Nullable ErrorCode championFailure) {
  public static final ServedAs CHAMPION = new ServedAs(AliasGeneration.CHAMPION, null);
  public static final ServedAs CANARY = new ServedAs(AliasGeneration.CANARY, null);

  /** Asked by its number, beside the champion. */
  public static final ServedAs PREVIOUS = new ServedAs(AliasGeneration.PREVIOUS, null);

  /** A head alone, while the task has no champion. */
  public static final ServedAs PROVISIONAL = new ServedAs("provisional", null);

  /** What serves a task by default: a champion, or as version 0 a provisional. */
  public static ServedAs byDefault(long version) {
    return version == 0 ? PROVISIONAL : CHAMPION;
  }

  /** The previous version, in place of a champion that failed. */
  public static ServedAs standIn(ErrorCode championFailure) {
    return new ServedAs(AliasGeneration.PREVIOUS, championFailure);
  }
}
