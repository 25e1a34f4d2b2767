package dev.diffstream.schemas.event;

import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.Provisional;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The newest alias generation of a task. Readers ignore a generation lower than one that they have
 * seen (I5).
 *
 * @param aliases {@code champion}, {@code canary}, {@code previous}, {@code candidate}; readers
 *     ignore other names. No champion and no provisional: nothing serves the task
 * @param provisional answers while there is no champion
 * @param move what led to this generation
 * @param owner of the task; absent where its events name none, and in announcements of before
 */
public record VersionAnnounced(
    String taskId,
    long generation,
    Map<String, AliasTarget> aliases,
    @Nullable Provisional provisional,
    @Nullable Move move,
    @Nullable String owner)
    implements TaskRelatedEvent {
  public VersionAnnounced {
    aliases = Map.copyOf(aliases);
  }

  /** As an announcement of before, which names no owner. */
  public VersionAnnounced(
      String taskId,
      long generation,
      Map<String, AliasTarget> aliases,
      @Nullable Provisional provisional,
      @Nullable Move move) {
    this(taskId, generation, aliases, provisional, move, null);
  }

  /** The announcement of {@code generation}. */
  public static VersionAnnounced of(AliasGeneration generation) {
    return new VersionAnnounced(
        generation.taskId(),
        generation.generation(),
        generation.aliases(),
        generation.provisional(),
        generation.move());
  }

  /** The same announcement of a task of this owner; null: none is known. */
  public VersionAnnounced ownedBy(@Nullable String of) {
    return new VersionAnnounced(taskId, generation, aliases, provisional, move, of);
  }
}
