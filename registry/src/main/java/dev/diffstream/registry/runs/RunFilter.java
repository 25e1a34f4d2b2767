package dev.diffstream.registry.runs;

import org.jspecify.annotations.Nullable;

/**
 * Which runs a list shows. A part that is absent or empty asks for nothing.
 *
 * @param state as {@link RunView#state} names it
 */
public record RunFilter(@Nullable String task, @Nullable String state, @Nullable String owner) {
  /** Every run. */
  public static final RunFilter ALL = new RunFilter(null, null, null);

  /** Those of a task. */
  public static RunFilter ofTask(String task) {
    return new RunFilter(task, null, null);
  }

  boolean fits(RunView run) {
    return fits(task, run.taskId()) && fits(state, run.state()) && fits(owner, run.owner());
  }

  private static boolean fits(@Nullable String asked, @Nullable String actual) {
    return asked == null || asked.isEmpty() || asked.equals(actual);
  }
}
