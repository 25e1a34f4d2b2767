package dev.diffstream.registry.fleet;

import dev.diffstream.schemas.event.GatewayResidency;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.pcollections.PSortedMap;

/**
 * What one gateway says of its tasks. Immutable.
 *
 * @param incarnation of its newest process; what earlier ones said no longer holds
 * @param lastWord when it last said anything
 * @param stopped when it said farewell; absent while it has not, whether or not it still runs
 * @param tasks its newest word of each task, in the order of their ids
 */
public record GatewayWords(
    String gatewayId,
    String incarnation,
    Instant lastWord,
    @Nullable Instant stopped,
    PSortedMap<String, Word> tasks) {
  /** A word, and when it was said. */
  public record Word(GatewayResidency residency, Instant said) {}
}
