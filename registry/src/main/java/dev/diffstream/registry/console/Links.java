package dev.diffstream.registry.console;

import dev.diffstream.schemas.TaskId;
import java.net.URI;

/** Where pages stand. */
final class Links {
  private Links() {}

  static URI task(TaskId task) {
    return URI.create("/console/tasks/" + task);
  }

  static URI run(String runId) {
    return URI.create("/console/runs/" + runId);
  }
}
