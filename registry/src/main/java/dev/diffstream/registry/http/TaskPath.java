package dev.diffstream.registry.http;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;

/** The task that a path names. */
public final class TaskPath {
  private TaskPath() {}

  /**
   * @throws DiffstreamException TASK_UNKNOWN for what is no task's id
   */
  public static TaskId task(String id) {
    if (!TaskId.isValid(id)) {
      throw new DiffstreamException(ErrorCode.TASK_UNKNOWN, "no task " + Bounded.value(id));
    }
    return new TaskId(id);
  }
}
