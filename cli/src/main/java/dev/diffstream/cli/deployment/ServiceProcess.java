package dev.diffstream.cli.deployment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service in a JVM of its own, started again when it ends or hangs. Its output goes to a log
 * file.
 *
 * <p>A thread of its own waits for the process and asks it for liveness. {@code process} is written
 * under the lock of this object, so that no process is started once the service was stopped.
 */
public final class ServiceProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceProcess.class);

  /** Exit status of a JVM that found its own memory broken: 128 and SIGABRT. */
  private static final int CRASHED = 134;

  private final String name;
  private final Launch launch;
  private final Map<String, String> environment;
  private final Path logFile;
  private final URI url;
  private final Supervision supervision;
  private final HealthProbe probe;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile Process process;
  private volatile @Nullable Thread archiving;

  private ServiceProcess(
      String name,
      Launch launch,
      Map<String, String> environment,
      Path logFile,
      URI url,
      Supervision supervision) {
    this.name = name;
    this.launch = launch;
    this.environment = Map.copyOf(environment);
    this.logFile = logFile;
    this.url = url;
    this.supervision = supervision;
    this.probe = new HealthProbe(url, supervision.probeTimeout());
    this.process = launch();
  }

  /**
   * @param jar of the service; its libraries lie beside it in {@code lib/}
   * @param archives directory for what its next start may use of this one; null: nothing is kept
   */
  static ServiceProcess start(
      String name,
      Path jar,
      List<String> jvmOptions,
      @Nullable Path archives,
      Map<String, String> environment,
      Path logFile,
      URI url) {
    if (!Files.isRegularFile(jar)) {
      throw new IllegalStateException(
          jar + " is missing: build first with `mvn package -DskipTests`");
    }
    Launch launch = Launch.ofJar(name, jar, jvmOptions, archives);
    return start(name, launch, environment, logFile, url, Supervision.DEFAULT);
  }

  /**
   * @param url at which the process serves {@code /health/live}
   */
  static ServiceProcess start(
      String name,
      Launch launch,
      Map<String, String> environment,
      Path logFile,
      URI url,
      Supervision supervision) {
    ServiceProcess service =
        new ServiceProcess(name, launch, environment, logFile, url, supervision);
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
    try {
      return process.isAlive() && probe.succeeds("/health");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Process launch() {
    List<String> command = launch.command();
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
    Duration pause = supervision.firstPause();
    try {
      while (true) {
        long began = System.nanoTime();
        archiving = null;
        boolean wasLive = awaitEndOrHang(process);
        int status = process.waitFor();
        if (stopped.getCount() > 0 && (!wasLive || status == CRASHED)) {
          launch.distrustArchive();
        }
        if (System.nanoTime() - began > supervision.stableAfter().toNanos()) {
          pause = supervision.firstPause();
        }
        if (stopped.getCount() > 0) {
          LOG.warn(
              "{} (pid {}) ended with status {}; it is started again in {} ms, see {}",
              name,
              process.pid(),
              status,
              pause.toMillis(),
              logFile);
        }
        if (stopped.await(pause.toMillis(), TimeUnit.MILLISECONDS) || !relaunch()) {
          return;
        }
        pause = supervision.pauseAfter(pause);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Returns when {@code watched} has ended; kills it when it does not become live within the start
   * limit, or when too many probes in a row fail after that. Once it is stable, its classes are
   * archived for the next one.
   *
   * @return whether it was seen live
   */
  private boolean awaitEndOrHang(Process watched) throws InterruptedException {
    long startDeadline = System.nanoTime() + supervision.startLimit().toNanos();
    long liveSince = 0;
    boolean wasLive = false;
    int failed = 0;
    while (!watched.waitFor(supervision.probeInterval().toMillis(), TimeUnit.MILLISECONDS)) {
      if (probe.succeeds("/health/live")) {
        liveSince = wasLive ? liveSince : System.nanoTime();
        wasLive = true;
        failed = 0;
        archiveWhenStable(liveSince);
        continue;
      }
      failed++;
      boolean hung =
          wasLive ? failed >= supervision.maxFailedProbes() : System.nanoTime() - startDeadline > 0;
      if (hung && watched.isAlive()) {
        LOG.warn(
            "{} (pid {}) failed {} liveness probes in a row ({}/health/live); it is killed",
            name,
            watched.pid(),
            failed,
            url);
        watched.destroyForcibly();
      }
    }
    return wasLive;
  }

  /** Begins it once for each process. */
  private void archiveWhenStable(long liveSince) {
    if (archiving == null && System.nanoTime() - liveSince > supervision.stableAfter().toNanos()) {
      archiving = Thread.ofPlatform().daemon().name("archive-" + name).start(launch::makeArchive);
    }
  }

  /** False where the service was stopped meanwhile. */
  private synchronized boolean relaunch() {
    if (stopped.getCount() == 0) {
      return false;
    }
    try {
      process = launch();
    } catch (UncheckedIOException e) {
      LOG.error("{} could not be started; it is tried again", name, e);
    }
    return true;
  }

  /** Asks the process to stop, and does not start it again. */
  synchronized void stop() {
    stopped.countDown();
    Thread unfinished = archiving;
    if (unfinished != null) {
      unfinished.interrupt();
    }
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
