package dev.diffstream.settings;

import org.jspecify.annotations.Nullable;

/**
 * Ties a service to the process that supervises it: when that one is gone, even by {@code kill -9},
 * the service stops too.
 */
public final class ParentProcess {
  /**
   * The setting: process id of the supervisor; absent where something else looks after the service.
   */
  public static final String KEY = "diffstream.parent-pid";

  private ParentProcess() {}

  /** Reads the setting and begins to watch. */
  public static void watch(Settings settings) {
    @Nullable String pid = settings.optionalText(KEY, "stop when the process of this id ends");
    if (pid == null) {
      return;
    }
    long number;
    try {
      number = Long.parseLong(pid);
    } catch (NumberFormatException e) {
      throw new BadSettingException(KEY, KEY + " must be a process id, got: " + pid);
    }
    ProcessHandle.of(number)
        .ifPresentOrElse(
            parent -> parent.onExit().thenRun(() -> System.exit(0)),
            () -> {
              throw new BadSettingException(KEY, KEY + ": no process has the id " + pid);
            });
  }
}
