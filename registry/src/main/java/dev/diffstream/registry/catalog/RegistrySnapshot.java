package dev.diffstream.registry.catalog;

import dev.diffstream.registry.runs.RunView;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.VersionRecord;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What the registry knows, as of one moment; immutable. The registrar's thread builds the next
 * snapshot, every other thread reads the newest through one volatile field.
 *
 * @param ready whether the bucket and the topics have been read to their ends once
 */
public record RegistrySnapshot(
    SortedMap<String, TaskView> tasks, Map<String, RunView> runs, boolean ready) {
  public static final RegistrySnapshot EMPTY =
      new RegistrySnapshot(new TreeMap<>(), Map.of(), false);

  public RegistrySnapshot {
    tasks = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(tasks));
    runs = Map.copyOf(runs);
  }

  /**
   * A task's versions in ascending order and its newest aliases; null aliases: none were written
   * yet.
   */
  public record TaskView(
      String taskId, List<VersionRecord> versions, @Nullable AliasGeneration aliases) {
    public TaskView {
      versions = List.copyOf(versions);
    }

    /** Numbers of versions that were accepted once, and whose objects are gone. */
    public List<Long> missingVersions() {
      Set<Long> present = new HashSet<>();
      versions.forEach(version -> present.add(version.version()));
      long highest = versions.isEmpty() ? 0 : versions.getLast().version();
      long accepted = aliases == null ? highest : Math.max(highest, aliases.decidedThrough());
      return LongStream.rangeClosed(1, accepted).filter(n -> !present.contains(n)).boxed().toList();
    }

    public long generation() {
      return aliases == null ? 0 : aliases.generation();
    }
  }
}
