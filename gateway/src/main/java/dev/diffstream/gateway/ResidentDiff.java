package dev.diffstream.gateway;

import dev.diffstream.schemas.diff.DiffMetadata;
import java.util.Map;

/**
 * A diff that this gateway has loaded, tested and serves; immutable. A request keeps the one it
 * found, whatever is loaded meanwhile.
 *
 * @param trace context of the span that loaded it, as W3C headers
 */
record ResidentDiff(
    String taskId,
    long generation,
    long version,
    String digest,
    long bytes,
    DiffMetadata metadata,
    Model.Fitted fitted,
    Map<String, String> trace) {
  ResidentDiff {
    trace = Map.copyOf(trace);
  }

  ResidentDiff withGeneration(long next) {
    return new ResidentDiff(taskId, next, version, digest, bytes, metadata, fitted, trace);
  }
}
