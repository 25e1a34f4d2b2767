package dev.diffstream.registry.catalog;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.Listed;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What a listing of the bucket shows of one task: its numbered objects, before any was read.
 *
 * @param versions their numbers, ascending
 * @param newestGeneration the highest of its alias generations; 0: there is none
 * @param deleted numbers of its versions that are deleted, ascending
 * @param fingerprint stands for the numbers and the content of its versions, generations and
 *     tombstones, as far as the store tells contents apart: another one means that something has
 *     changed
 */
public record TaskListing(
    TaskId task,
    List<Long> versions,
    long newestGeneration,
    List<Long> deleted,
    String fingerprint) {
  private static final int FINGERPRINT = 16;

  /** Lists one task. */
  public static TaskListing of(ObjectStore store, TaskId task) {
    Collected collected = new Collected(task);
    List<String> prefixes = // in the order in which a listing of the whole bucket shows them
        List.of(
            ObjectKeys.aliasesPrefix(task),
            ObjectKeys.tombstonesPrefix(task),
            ObjectKeys.versionsPrefix(task));
    for (String prefix : prefixes) {
      try (Stream<Listed> entries = store.entries(prefix, "")) {
        entries.forEach(collected::add);
      }
    }
    return collected.listing();
  }

  /** Whether there is anything of a task but its data. */
  boolean isTask() {
    return !versions.isEmpty() || newestGeneration > 0;
  }

  /** Whether versions of it are deleted. */
  public boolean hasTombstones() {
    return !deleted.isEmpty();
  }

  /** The entries of one task, in the order of their keys. */
  static final class Collected {
    private final TaskId task;
    private final String versionsPrefix;
    private final String aliasesPrefix;
    private final String tombstonesPrefix;
    private final List<Long> versions = new ArrayList<>();
    private final StringBuilder seen = new StringBuilder();
    private long newestGeneration;
    private final List<Long> deleted = new ArrayList<>();

    Collected(TaskId task) {
      this.task = task;
      this.versionsPrefix = ObjectKeys.versionsPrefix(task);
      this.aliasesPrefix = ObjectKeys.aliasesPrefix(task);
      this.tombstonesPrefix = ObjectKeys.tombstonesPrefix(task);
    }

    TaskId task() {
      return task;
    }

    void add(Listed entry) {
      OptionalLong version = ObjectKeys.number(versionsPrefix, entry.key());
      OptionalLong generation = ObjectKeys.number(aliasesPrefix, entry.key());
      OptionalLong tombstone = ObjectKeys.number(tombstonesPrefix, entry.key());
      version.ifPresent(versions::add);
      tombstone.ifPresent(deleted::add);
      generation.ifPresent(number -> newestGeneration = Math.max(newestGeneration, number));
      if (version.isPresent() || generation.isPresent() || tombstone.isPresent()) {
        seen.append(entry.key()).append(' ').append(entry.size()).append(' ');
        seen.append(entry.tag()).append('\n');
      }
    }

    TaskListing listing() {
      String digest = Sha256.of(seen.toString().getBytes(StandardCharsets.UTF_8));
      return new TaskListing(
          task,
          List.copyOf(versions),
          newestGeneration,
          List.copyOf(deleted),
          digest.substring(0, FINGERPRINT));
    }
  }
}
