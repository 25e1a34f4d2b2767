package dev.diffstream.cli.deployment;

import dev.diffstream.cli.client.HttpJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service in a JVM of its own, started again when it dies. Its output goes to a log file.
 *
 * <p>A thread of its own waits for the process; {@code process} is written by that thread alone
 * after {@link #start}.
 */
public final class ServiceProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceProcess.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration HEALTHY = Duration.ofSeconds(60);

  private final String name;
  private final List<String> command;
  private final Map<String, String> environment;
  private final Path logFile;
  private final URI url;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile Process process;

  private ServiceProcess(
      String name, List<String> command, Map<String, String> environment, Path logFile, URI url) {
    this.name = name;
    this.command = List.copyOf(command);
    this.environment = Map.copyOf(environment);
    this.logFile = logFile;
    this.url = url;
    this.process = launch();
  }

  /**
   * @param jar of the service; its libraries lie beside it in {@code lib/}
   */
  static ServiceProcess start(
      String name,
      Path jar,
      List<String> jvmOptions,
      Map<String, String> environment,
      Path logFile,
      URI url) {
    if (!Files.isRegularFile(jar)) {
      throw new IllegalStateException(
          jar + " is missing: build first with `mvn package -DskipTests`");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.add("-jar");
    command.add(jar.toString());
    ServiceProcess service = new ServiceProcess(name, command, environment, logFile, url);
    Thread.ofPlatform().daemon().name("watch-" + name).start(service::watch);
    return service;
  }

  public String name() {
    return name;
  }

  public long pid() {
    return process.pid();
  }

  public URI url() {
    return url;
  }

  public Path logFile() {
    return logFile;
  }

  /** Whether {@code /health} answers 200. */
  public boolean healthy() {
    return process.isAlive() && new HttpJson(url).status("/health") == 200;
  }

  private Process launch() {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()));
    builder.environment().putAll(environment);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(name + " cannot be started: " + command, e);
    }
  }

  private void watch() {
    Duration pause = FIRST_PAUSE;
    try {
      while (true) {
        long began = System.nanoTime();
        int status = process.waitFor();
        if (stopped.getCount() == 0) {
          return;
        }
        pause = System.nanoTime() - began > HEALTHY.toNanos() ? FIRST_PAUSE : pause;
        if (stopped.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
        LOG.warn(
            "{} (pid {}) ended with status {}; started again after {} s, see {}",
            name,
            process.pid(),
            status,
            pause.toSeconds(),
            logFile);
        process = launch();
        pause =
            pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                ? pause.multipliedBy(2)
                : LONGEST_PAUSE;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Asks the process to stop, and does not start it again. */
  void stop() {
    stopped.countDown();
    process.destroy();
  }

  /** Stops the process, and ends it after ten seconds. */
  @Override
  public void close() {
    stop();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
