package dev.diffstream.settings;

import java.util.function.Consumer;

/**
 * What the {@code main} of every service does alike: read the settings, begin, end with a status
 * that says why, close at exit.
 */
public final class ServiceMain {
  /** Exit status for a bad setting; the message names it. */
  public static final int BAD_SETTING = 2;

  private ServiceMain() {}

  /** Runs {@code start} with the settings of this process; ends the process when that fails. */
  public static void run(String service, Consumer<Settings> start) {
    try {
      Settings settings = Settings.fromEnvironment();
      ParentProcess.watch(settings);
      start.accept(settings);
    } catch (BadSettingException e) {
      System.err.println(e.getMessage());
      System.exit(BAD_SETTING);
    } catch (RuntimeException e) {
      System.err.println("the " + service + " cannot start");
      e.printStackTrace();
      System.exit(1);
    }
  }

  /**
   * Fails as a bad setting does unless this JVM was started with a module that it does not have by
   * itself.
   */
  public static void requireModule(String module) {
    if (ModuleLayer.boot().findModule(module).isEmpty()) {
      throw new BadSettingException(module, "start java with --add-modules=" + module);
    }
  }

  /**
   * Closes {@code parts} in this order when the process is asked to stop; one that fails does not
   * keep the next from closing.
   */
  public static void closeAtExit(AutoCloseable... parts) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  for (AutoCloseable part : parts) {
                    close(part);
                  }
                },
                "stop"));
  }

  private static void close(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception e) {
      System.err.println("while stopping: " + e);
    }
  }
}
