package dev.diffstream.registry.http;

import dev.diffstream.registry.catalog.RegistrySnapshot;
import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.VersionRecord;

/** The tasks and versions of the newest snapshot, by what callers name them; or why not. */
final class KnownVersions {
  private final RegistryView registry;

  KnownVersions(RegistryView registry) {
    this.registry = registry;
  }

  /**
   * @throws DiffstreamException TASK_UNKNOWN; NOT_READY where it may be known later
   */
  TaskView task(String taskId) {
    RegistrySnapshot snapshot = registry.snapshot().get();
    TaskView task = snapshot.tasks().get(taskId);
    if (task != null) {
      return task;
    }
    if (!snapshot.ready()) {
      throw new DiffstreamException(
          ErrorCode.NOT_READY,
          "the registry is reading its bucket; task " + taskId + " unknown yet");
    }
    if (TaskId.isValid(taskId)) {
      registry
          .quarantine()
          .get()
          .find(ObjectKeys.taskPrefix(new TaskId(taskId)))
          .ifPresent(
              entry -> {
                throw new DiffstreamException(
                    ErrorCode.NOT_READY, "task " + taskId + " cannot be read: " + entry.reason());
              });
    }
    throw new DiffstreamException(ErrorCode.TASK_UNKNOWN, "no version of task " + taskId);
  }

  /**
   * @throws DiffstreamException as {@link #task}, and VERSION_UNKNOWN
   */
  VersionRecord version(String taskId, String number) {
    TaskView task = task(taskId);
    return task.versions().stream()
        .filter(version -> Long.toString(version.version()).equals(number))
        .findFirst()
        .orElseThrow(
            () ->
                new DiffstreamException(
                    ErrorCode.VERSION_UNKNOWN,
                    "task "
                        + task.taskId()
                        + " has versions 1 to "
                        + task.versions().size()
                        + ", not "
                        + Bounded.value(number)));
  }
}
