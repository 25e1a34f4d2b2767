package dev.diffstream.registry.snapshot;

import dev.diffstream.eventlog.EventLog.Positions;
import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import java.util.Map;
import org.pcollections.PSortedMap;

/**
 * What a snapshot holds. Immutable.
 *
 * @param tasks by id
 * @param announced the generation last on the topic, by task id
 * @param positions of the topics, by name, up to which {@code tasks} and {@code announced} tell
 *     what they say
 */
public record SnapshotState(
    PSortedMap<String, TaskView> tasks,
    Map<String, Long> announced,
    Map<String, Positions> positions) {
  public SnapshotState {
    announced = Map.copyOf(announced);
    positions = Map.copyOf(positions);
  }
}
