package dev.diffstream.schemas.registry;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All aliases of a task as of one generation, in one object, so that champion and previous move in
 * one write (I4).
 *
 * @param aliases empty: the task is withdrawn, and {@code reason} says why
 */
public record AliasGeneration(
    String taskId,
    long generation,
    String baseDigest,
    Map<String, AliasTarget> aliases,
    @Nullable String reason,
    Instant created) {
  /** Served by default. */
  public static final String CHAMPION = "champion";

  /** The champion before this one. */
  public static final String PREVIOUS = "previous";

  public AliasGeneration {
    aliases = Map.copyOf(aliases);
  }
}
