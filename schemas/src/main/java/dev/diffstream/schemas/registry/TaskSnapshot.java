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
 */
public record TaskSnapshot(
    String taskId,
    List<VersionRecord> versions,
    @Nullable AliasGeneration aliases,
    String fingerprint,
    long announced) {
  public TaskSnapshot {
    versions = List.copyOf(versions);
  }
}
