package dev.diffstream.gateway.catalog;

import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A diff that this gateway has loaded, tested and serves; immutable. A request keeps the one it
 * found, whatever is loaded meanwhile.
 *
 * @param generation the alias generation that named it
 * @param bytes length of the diff file
 * @param trace context of the span that loaded it, as W3C headers
 * @param championFailure why the champion of the generation is not served and this one, its
 *     previous version, stands in for it; null if this is the champion
 */
public record ResidentDiff(
    String taskId,
    long generation,
    long version,
    String digest,
    long bytes,
    PreparedDiff prepared,
    Map<String, String> trace,
    @Nullable ErrorCode championFailure) {
  public ResidentDiff {
    trace = Map.copyOf(trace);
  }

  public DiffMetadata metadata() {
    return prepared.metadata();
  }

  /** The same diff, as champion of another generation. */
  public ResidentDiff asChampion(long ofGeneration) {
    return new ResidentDiff(taskId, ofGeneration, version, digest, bytes, prepared, trace, null);
  }

  /** The same diff, in place of a champion that failed. */
  public ResidentDiff inPlaceOfChampion(ErrorCode failure) {
    return new ResidentDiff(taskId, generation, version, digest, bytes, prepared, trace, failure);
  }
}
