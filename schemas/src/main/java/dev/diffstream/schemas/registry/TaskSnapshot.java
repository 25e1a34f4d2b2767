package dev.diffstream.schemas.registry;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A task in a snapshot.
 *
 * @param versions ascending
 * @param aliases the newest generation; absent: there was none
 * @param fingerprint of the listing of its objects by which it was read; empty: not known
 * @param announced the generation last on the topic; 0: none
 * @param deleted numbers of the versions that are deleted, ascending; absent: none is known to be
 */
public record TaskSnapshot(
    String taskId,
    List<VersionRecord> versions,
    @Nullable AliasGeneration aliases,
    String fingerprint,
    long announced,
    @Nullable List<Long> deleted) {
  public TaskSnapshot {
    versions = List.copyOf(versions);
    deleted = deleted == null ? null : List.copyOf(deleted);
  }
}
