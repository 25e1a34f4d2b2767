package dev.diffstream.cli.bench.load;

import dev.diffstream.schemas.json.Json;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The clients in a JVM of their own. */
public final class ClientProcess implements AutoCloseable {
  private final Process process;
  private final BufferedWriter phases;
  private final BufferedReader results;

  /**
   * @param file where the plan is written to
   */
  public ClientProcess(LoadPlan plan, Path file) {
    try {
      Files.write(file, Json.write(plan));
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  ClientMain.class.getName(),
                  file.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    phases = process.outputWriter(StandardCharsets.UTF_8);
    results = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Starts a phase of {@link Clients#ask}; its result must be taken before the next one. */
  public void begin(int tasks, Duration time) {
    begin("zipf", tasks, time);
  }

  private void begin(String kind, int count, Duration time) {
    try {
      phases.write(kind + " " + count + " " + time.toMillis() + "\n");
      phases.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the clients have ended", e);
    }
  }

  /** Waits for the phase that was begun. */
  public PhaseResult result() {
    try {
      String line = results.readLine();
      if (line == null) {
        throw new IllegalStateException("the clients have ended");
      }
      return Json.read(line.getBytes(StandardCharsets.UTF_8), PhaseResult.class, "phase");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public PhaseResult ask(int tasks, Duration time) {
    begin(tasks, time);
    return result();
  }

  /** As {@link Clients#alone}. */
  public PhaseResult alone(int flooding, Duration time) {
    begin("alone", flooding, time);
    return result();
  }

  @Override
  public void close() {
    process.destroy();
  }
}
