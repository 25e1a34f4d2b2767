package dev.diffstream.schemas.event;

import dev.diffstream.schemas.registry.AliasTarget;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The newest alias generation of a task. Readers ignore a generation lower than one that they have
 * seen (I5).
 *
 * @param aliases {@code champion}, {@code canary}, {@code previous}; empty: the task is withdrawn
 * @param reason why it was withdrawn
 */
public record VersionAnnounced(
    String taskId,
    long generation,
    String baseDigest,
    Map<String, AliasTarget> aliases,
    @Nullable String reason)
    implements Event {
  public VersionAnnounced {
    aliases = Map.copyOf(aliases);
  }
}
