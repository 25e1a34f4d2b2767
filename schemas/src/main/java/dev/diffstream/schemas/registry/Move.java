package dev.diffstream.schemas.registry;

import dev.diffstream.schemas.Bounded;
import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/**
 * What led to an alias generation.
 *
 * @param kind {@code accept} (the registry took a new version), {@code test} (it asks gateways to
 *     test one), {@code propose} (it asks people), {@code refuse} (a gateway's test failed), {@code
 *     promote}, {@code roll-back}, {@code withdraw}, {@code canary} or {@code provisional}; newer
 *     programs may write others
 * @param actor who asked for it; {@code registry} where nobody did
 * @param requestId of the request that asked; the same request again is answered by the generation
 *     that it made
 * @param reason as the actor gave it
 * @param runId of the run whose diff was taken
 */
@RecordBuilder
public record Move(
    String kind,
    String actor,
    @Nullable String requestId,
    @Nullable String reason,
    @Nullable String runId) {
  public static final String ACCEPT = "accept";
  public static final String TEST = "test";
  public static final String PROPOSE = "propose";
  public static final String REFUSE = "refuse";
  public static final String PROMOTE = "promote";
  public static final String ROLL_BACK = "roll-back";
  public static final String WITHDRAW = "withdraw";
  public static final String CANARY = "canary";
  public static final String PROVISIONAL = "provisional";

  /** The actor of what the registry does by itself. */
  public static final String REGISTRY = "registry";

  public Move {
    reason = reason == null ? null : Bounded.message(reason);
  }

  /** The registry takes the diff of a run. */
  public static Move accept(String runId) {
    return new Move(ACCEPT, REGISTRY, null, null, runId);
  }
}
