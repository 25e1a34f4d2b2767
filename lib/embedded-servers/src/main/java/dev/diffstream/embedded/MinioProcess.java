package dev.diffstream.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A real MinIO server as a process of its own on 127.0.0.1, for tests. Closing it kills it.
 *
 * <p>Thread-safe.
 */
public final class MinioProcess implements AutoCloseable {
  /** The environment variable with the path of a {@code minio} server. */
  public static final String BINARY_VARIABLE = "MINIO_BINARY";

  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final int POLL_MILLIS = 50;

  private final Process process;
  private final URI endpoint;
  private final Thread killer;

  private MinioProcess(Process process, URI endpoint) {
    this.process = process;
    this.endpoint = endpoint;
    this.killer = new Thread(process::destroyForcibly, "minio-killer");
    Runtime.getRuntime().addShutdownHook(killer);
  }

  /**
   * The server that {@value #BINARY_VARIABLE} names, or empty where it is not set.
   *
   * @throws IllegalStateException if it is set to something that cannot be run, which would
   *     otherwise skip suites that somebody asked for
   */
  public static Optional<Path> binary() {
    String path = System.getenv(BINARY_VARIABLE);
    if (path == null || path.isBlank()) {
      return Optional.empty();
    }
    if (!Files.isExecutable(Path.of(path))) {
      throw new IllegalStateException(BINARY_VARIABLE + " is not a program: " + path);
    }
    return Optional.of(Path.of(path));
  }

  /**
   * Starts a server on a free port and waits until it is ready.
   *
   * @param directory where the objects are and, as {@code minio.log}, what the server says
   * @param accessKey at least 3 characters
   * @param secretKey at least 8 characters
   */
  public static MinioProcess start(
      Path binary, Path directory, String accessKey, String secretKey) {
    try {
      Files.createDirectories(directory);
      int port = FreePorts.pick(1)[0];
      Path log = directory.resolve("minio.log");
      Process process = launch(binary, directory, port, log, accessKey, secretKey);
      MinioProcess server = new MinioProcess(process, URI.create("http://127.0.0.1:" + port));
      server.awaitReady(log);
      return server;
    } catch (IOException failed) {
      throw new UncheckedIOException("cannot start " + binary, failed);
    }
  }

  public URI endpoint() {
    return endpoint;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(killer);
    } catch (IllegalStateException shuttingDown) {
      // The hook is running and finds the process gone.
    }
  }

  private static Process launch(
      Path binary, Path directory, int port, Path log, String accessKey, String secretKey)
      throws IOException {
    Path data = Files.createDirectories(directory.resolve("data"));
    ProcessBuilder builder =
        new ProcessBuilder(
            binary.toString(), "server", data.toString(), "--address", "127.0.0.1:" + port);
    builder
        .environment()
        .putAll(
            Map.of(
                "MINIO_ROOT_USER",
                accessKey,
                "MINIO_ROOT_PASSWORD",
                secretKey,
                "MINIO_BROWSER",
                "off",
                "MINIO_UPDATE",
                "off",
                "HOME",
                directory.toString()));
    return builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
  }

  private void awaitReady(Path log) throws IOException {
    long end = System.nanoTime() + START_LIMIT.toNanos();
    boolean ready = isReady();
    while (!ready && process.isAlive() && System.nanoTime() < end) {
      ready = stillRunsAfterAWait() && isReady();
    }
    if (!ready) {
      close();
      throw new IOException("minio did not become ready; it said:\n" + Files.readString(log));
    }
  }

  /** Waits one turn; false if the process ended in it. */
  private boolean stillRunsAfterAWait() throws IOException {
    try {
      return !process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      close();
      throw new IOException("interrupted while minio started", interrupted);
    }
  }

  private boolean isReady() {
    try {
      var request =
          (HttpURLConnection) endpoint.resolve("/minio/health/ready").toURL().openConnection();
      request.setConnectTimeout(1000);
      request.setReadTimeout(1000);
      try {
        return request.getResponseCode() == HttpURLConnection.HTTP_OK;
      } finally {
        request.disconnect();
      }
    } catch (IOException notYet) {
      return false;
    }
  }
}
