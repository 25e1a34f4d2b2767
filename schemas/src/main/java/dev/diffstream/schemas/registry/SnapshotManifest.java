package dev.diffstream.schemas.registry;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.Map;

/**
 * Names a snapshot: what a registry knew of all tasks, kept so that another start need not read the
 * whole bucket. The bucket stays the truth; a snapshot that it does not bear out counts for
 * nothing.
 *
 * @param number the highest one counts
 * @param writer the registry that wrote it
 * @param key of the object with the tasks: one {@link TaskSnapshot} a line, as gzip
 * @param bytes of that object
 * @param digest SHA-256 of that object's bytes and, behind them, of {@code positions} as JSON
 * @param tasks how many lines it has
 * @param versions of all its tasks
 * @param positions of the topics, by name, up to which it tells what they say
 */
@RecordBuilder
public record SnapshotManifest(
    long number,
    String writer,
    String key,
    long bytes,
    String digest,
    int tasks,
    long versions,
    Map<String, TopicPosition> positions,
    Instant created) {
  public SnapshotManifest {
    positions = Map.copyOf(positions);
  }
}
