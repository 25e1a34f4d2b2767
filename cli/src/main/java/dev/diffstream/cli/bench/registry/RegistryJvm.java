package dev.diffstream.cli.bench.registry;

import dev.diffstream.cli.client.HttpJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A registry in a process of its own. */
final class RegistryJvm implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(30);
  private static final long LOOK_NANOS = 10_000_000;
  private static final Pattern USED = Pattern.compile("used (\\d+)K");

  private final Process process;
  private final URI url;
  private final HttpJson http;

  private RegistryJvm(Process process, URI url) {
    this.process = process;
    this.url = url;
    this.http = new HttpJson(url);
  }

  /** The program's own command; the environment says where store and broker are. */
  static ProcessBuilder command(
      Path home, int maxHeapMiB, Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx" + maxHeapMiB + "m",
            "-XX:+ExitOnOutOfMemoryError",
            "-jar",
            home.resolve("registry/target/registry.jar").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return builder;
  }

  static RegistryJvm start(
      Path home, int maxHeapMiB, Map<String, String> environment, Path logFile) {
    int port = freePort();
    ProcessBuilder builder = command(home, maxHeapMiB, environment);
    builder.environment().put("DIFFSTREAM_REGISTRY_PORT", Integer.toString(port));
    try {
      Process process = builder.redirectErrorStream(true).redirectOutput(logFile.toFile()).start();
      return new RegistryJvm(process, URI.create("http://127.0.0.1:" + port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI url() {
    return url;
  }

  HttpJson http() {
    return http;
  }

  /** Returns when it says that it is ready. */
  void awaitReady() {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (http.status("/health") != 200) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IllegalStateException("the registry did not become ready");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** What of its heap is in use after a collection. */
  double heapMiB() {
    jcmd("GC.run");
    Matcher used = USED.matcher(jcmd("GC.heap_info"));
    if (!used.find()) {
      throw new IllegalStateException("jcmd does not tell the heap's size");
    }
    return Math.round(Long.parseLong(used.group(1)) / 102.4) / 10.0;
  }

  private String jcmd(String what) {
    try {
      Process jcmd =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                  Long.toString(process.pid()),
                  what)
              .redirectErrorStream(true)
              .start();
      String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      jcmd.waitFor();
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
