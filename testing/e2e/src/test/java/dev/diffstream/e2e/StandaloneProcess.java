package dev.diffstream.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * The command {@code diffstream standalone} as a person starts it, in a process group of its own,
 * so that one signal reaches it and every service that it started.
 */
final class StandaloneProcess implements AutoCloseable {
  private static final Path HOME =
      Path.of(System.getProperty("diffstream.home", "../..")).toAbsolutePath().normalize();

  private final Process process;
  private final Path output;
  private final Thread killer = new Thread(this::killGroup, "kill-standalone");

  private StandaloneProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
    Runtime.getRuntime().addShutdownHook(killer);
  }

  /**
   * @param output what the command says
   * @param environment for the command, which hands it on to its services
   */
  static StandaloneProcess start(Path directory, Path output, Map<String, String> environment)
      throws IOException {
    // The build has just made every jar; the command is not to look whether sources are newer.
    Files.writeString(HOME.resolve("cli/target/.built"), "");
    ProcessBuilder builder =
        new ProcessBuilder(
                "setsid",
                HOME.resolve("diffstream").toString(),
                "standalone",
                "--free-ports",
                "--data-dir",
                directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("DIFFSTREAM_") || name.startsWith("OTEL_"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    return new StandaloneProcess(builder.start(), output);
  }

  /** Whether every service was healthy; fails where the command has ended. */
  boolean isRunning() {
    if (!process.isAlive()) {
      throw new AssertionError("standalone ended with " + process.exitValue() + ": " + said());
    }
    return said().contains("Running. Logs are in ");
  }

  String said() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * kill -9 of the command and all its services by one signal; returns when the command is gone.
   */
  void kill() {
    killGroup();
    process.destroyForcibly(); // where it has no group yet
    process.onExit().join();
    Runtime.getRuntime().removeShutdownHook(killer);
  }

  private void killGroup() {
    try {
      List<String> command = List.of("kill", "-KILL", "--", "-" + process.pid());
      Process kill = new ProcessBuilder(command).inheritIO().start();
      if (!kill.waitFor(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException(command + " does not end");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(e);
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill();
    }
  }
}
