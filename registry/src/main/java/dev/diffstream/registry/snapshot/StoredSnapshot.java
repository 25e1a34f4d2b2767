package dev.diffstream.registry.snapshot;

import dev.diffstream.eventlog.EventLog.Positions;
import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.schemas.registry.SnapshotManifest;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A snapshot as it was read.
 *
 * @param tasks by id
 * @param announced the generation last on the topic, by task id, up to the manifest's position
 */
public record StoredSnapshot(
    SnapshotManifest manifest, List<TaskView> tasks, Map<String, Long> announced) {
  public StoredSnapshot {
    tasks = List.copyOf(tasks);
    announced = Map.copyOf(announced);
  }

  /** Where to go on in a topic. */
  public Optional<Positions> position(String topic) {
    return Optional.ofNullable(manifest.positions().get(topic))
        .map(position -> new Positions(position.topicId(), position.next()));
  }
}
