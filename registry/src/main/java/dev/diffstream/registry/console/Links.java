package dev.diffstream.registry.console;

import dev.diffstream.schemas.TaskId;
import java.net.URI;

/** Where pages stand. */
public final class Links {
  private Links() {}

  public static URI task(TaskId task) {
    return URI.create("/console/tasks/" + task);
  }

  /** Of a task's corrections and rule. */
  public static URI rules(TaskId task) {
    return URI.create("/console/tasks/" + task + "/rules");
  }

  public static URI run(String runId) {
    return URI.create("/console/runs/" + runId);
  }
}
