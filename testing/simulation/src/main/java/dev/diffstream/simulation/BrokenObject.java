package dev.diffstream.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.run.RunIds;
import java.util.Map;
import java.util.Random;

/**
 * An object that breaks its form: what depends on it waits for a person, everything else goes on.
 */
enum BrokenObject {
  NONE,
  VERSION,
  ALIASES,
  REPORT;

  /** The task that a broken version or generation belongs to. */
  static final TaskId TASK = new TaskId("task-broken");

  private static final byte[] CONTENT = "{\"taskId\":1}".getBytes(UTF_8);

  static BrokenObject choose(Random random) {
    return random.nextInt(3) == 0 ? values()[1 + random.nextInt(3)] : NONE;
  }

  void put(ObjectStore store) {
    switch (this) {
      case NONE -> {}
      case VERSION -> store.put(ObjectKeys.version(TASK, 1), CONTENT, Map.of());
      case ALIASES -> store.put(ObjectKeys.aliases(TASK, 1), CONTENT, Map.of());
      case REPORT -> {
        String run = RunIds.of(ProducerProcess.SOURCE, "e-0");
        store.put(ObjectKeys.attempt(run, 1), CONTENT, Map.of());
        store.put(ObjectKeys.report(run, 1), CONTENT, Map.of());
      }
    }
  }

  /** Whether the events of this task may have to wait for a person. */
  boolean holdsBack(String task) {
    return (this == VERSION || this == ALIASES) && task.equals(TASK.value());
  }
}
