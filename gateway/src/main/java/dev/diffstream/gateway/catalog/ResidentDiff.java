package dev.diffstream.gateway.catalog;

import dev.diffstream.schemas.diff.model.DiffMetadata;
import java.util.Map;

/**
 * A diff that this gateway has loaded, tested and serves; immutable. A request keeps the one it
 * found, whatever is loaded meanwhile.
 *
 * @param generation the alias generation that named it
 * @param version 0 for a provisional, which is none
 * @param bytes length of the diff file
 * @param trace context of the span that loaded it, as W3C headers
 */
public record ResidentDiff(
    String taskId,
    long generation,
    long version,
    String digest,
    long bytes,
    PreparedDiff prepared,
    Map<String, String> trace,
    ServedAs servedAs) {
  public ResidentDiff {
    trace = Map.copyOf(trace);
  }

  public DiffMetadata metadata() {
    return prepared.metadata();
  }

  /** The same diff in another place. */
  public ResidentDiff as(ServedAs place) {
    return new ResidentDiff(taskId, generation, version, digest, bytes, prepared, trace, place);
  }

  /** The same diff in another place, as another generation has it. */
  public ResidentDiff as(ServedAs place, long ofGeneration) {
    return new ResidentDiff(taskId, ofGeneration, version, digest, bytes, prepared, trace, place);
  }
}
