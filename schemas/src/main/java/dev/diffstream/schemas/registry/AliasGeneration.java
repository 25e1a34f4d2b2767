package dev.diffstream.schemas.registry;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All aliases of a task as of one generation, in one object, so that champion and previous move in
 * one write (I4).
 *
 * @param aliases no champion and no provisional: nothing serves the task
 * @param decidedThrough the highest version that has had its decision; a later one still waits for
 *     it, an earlier one never moves an alias by itself
 * @param provisional answers while there is no champion
 * @param move what led to this generation
 */
@RecordBuilder
public record AliasGeneration(
    String taskId,
    long generation,
    Map<String, AliasTarget> aliases,
    long decidedThrough,
    @Nullable Provisional provisional,
    @Nullable Move move,
    Instant created) {
  /** Served by default. */
  public static final String CHAMPION = "champion";

  /** Answers a share of the requests, so that it can be compared with the champion. */
  public static final String CANARY = "canary";

  /** The champion before this one. */
  public static final String PREVIOUS = "previous";

  /** Accepted, and not decided about: gateways test it, or a person is asked; serves nobody. */
  public static final String CANDIDATE = "candidate";

  public AliasGeneration {
    aliases = Map.copyOf(aliases);
  }

  public @Nullable AliasTarget candidate() {
    return aliases.get(CANDIDATE);
  }

  public @Nullable AliasTarget champion() {
    return aliases.get(CHAMPION);
  }
}
