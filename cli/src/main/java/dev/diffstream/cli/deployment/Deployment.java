package dev.diffstream.cli.deployment;

import dev.diffstream.cli.client.Connection;
import dev.diffstream.embedded.EmbeddedKafka;
import dev.diffstream.embedded.EmbeddedS3;
import dev.diffstream.eventlog.TopicSetup;
import dev.diffstream.objectstore.S3ObjectStore;
import dev.diffstream.objectstore.StoreProbe;
import dev.diffstream.settings.ParentProcess;
import dev.diffstream.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A whole deployment on this machine: broker and object store in this JVM, registry, gateway and
 * trainer worker in one each. All of it listens on loopback only and keeps its data in one
 * directory.
 */
public final class Deployment implements AutoCloseable {
  private static final String BUCKET = "diffstream";

  private static final List<String> JVM_OPTIONS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "--add-modules=jdk.incubator.vector",
          "-XX:+ExitOnOutOfMemoryError");

  /** Its heap is small beside base and diffs, and this collector lets it grow least. */
  private static final List<String> GATEWAY_JVM_OPTIONS =
      Stream.concat(JVM_OPTIONS.stream(), Stream.of("-XX:+UseSerialGC")).toList();

  /** Longer than a service may take until it is live, see {@link Supervision#DEFAULT}. */
  private static final long START_LIMIT_SECONDS = 300;

  private final Connection connection;
  private final Path directory;
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final List<ServiceProcess> services;

  private Deployment(
      Connection connection,
      Path directory,
      Deque<AutoCloseable> parts,
      List<ServiceProcess> services) {
    this.connection = connection;
    this.directory = directory;
    this.parts.addAll(parts);
    this.services = List.copyOf(services);
  }

  /**
   * Starts everything and returns when every service is healthy.
   *
   * @param home the folder that holds the built modules
   * @param directory for data, logs and {@code connection.properties}; kept between starts
   * @param extra environment variables for every service, over those that the deployment sets
   * @param say hears what is being done
   */
  public static Deployment start(
      Path home, Path directory, Ports ports, Map<String, String> extra, Consumer<String> say) {
    return start(home, directory, ports, extra, say, null);
  }

  /**
   * As {@link #start}, for a directory in which services are started again and again: the classes
   * that they load are archived, so that later starts take less time.
   */
  public static Deployment startWithArchives(
      Path home, Path directory, Ports ports, Map<String, String> extra, Consumer<String> say) {
    return start(home, directory, ports, extra, say, directory.resolve("classes"));
  }

  private static Deployment start(
      Path home,
      Path directory,
      Ports ports,
      Map<String, String> extra,
      Consumer<String> say,
      @Nullable Path archives) {
    ports.check();
    Deque<AutoCloseable> parts = new ArrayDeque<>();
    try {
      Map<String, String> keys = SigningKeys.of(directory, say);
      Files.createDirectories(directory.resolve("logs"));
      Files.createDirectories(directory.resolve("s3"));
      say.accept("starting broker and object store in " + directory);
      EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"), ports.kafka());
      parts.push(kafka);
      String secret = secret(directory);
      EmbeddedS3 s3 =
          EmbeddedS3.start(
              new EmbeddedS3.Options(
                  directory.resolve("s3"), ports.s3(), "diffstream", secret, BUCKET));
      parts.push(s3);
      Connection connection = connection(kafka, s3, secret, ports, keys);
      TopicSetup.run(connection.kafka());
      try (S3ObjectStore store = connection.openStore()) {
        StoreProbe.run(store);
      }
      connection.write(directory);
      say.accept("starting registry, gateway and trainer worker");
      List<ServiceProcess> services = services(home, directory, ports, connection, extra, archives);
      services.forEach(parts::push);
      services.forEach(service -> awaitHealthy(service, say));
      return new Deployment(connection, directory, parts, services);
    } catch (IOException e) {
      close(parts);
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      close(parts);
      throw e;
    }
  }

  private static List<ServiceProcess> services(
      Path home,
      Path directory,
      Ports ports,
      Connection connection,
      Map<String, String> extra,
      @Nullable Path archives) {
    Map<String, String> environment = new HashMap<>(connection.environment());
    environment.remove(Settings.environmentName(Connection.REGISTRY_URL));
    environment.remove(Settings.environmentName(Connection.GATEWAY_URL));
    environment.remove(Settings.environmentName(Connection.GATEWAY_GRPC_ADDRESS));
    environment.put("DIFFSTREAM_REGISTRY_PORT", Integer.toString(ports.registry()));
    environment.put("DIFFSTREAM_GATEWAY_PORT", Integer.toString(ports.gateway()));
    environment.put("DIFFSTREAM_REGISTRY_GATEWAY_URL", loopback(ports.gateway()).toString());
    environment.put("DIFFSTREAM_GATEWAY_GRPC_PORT", Integer.toString(ports.gatewayGrpc()));
    environment.put("DIFFSTREAM_WORKER_PORT", Integer.toString(ports.worker()));
    environment.put(
        Settings.environmentName(ParentProcess.KEY), Long.toString(ProcessHandle.current().pid()));
    environment.put("DIFFSTREAM_DATA_DIR", directory.toString());
    environment.putAll(extra);
    return List.of(
        service(home, directory, "registry", environment, ports.registry(), archives),
        service(home, directory, "gateway", environment, ports.gateway(), archives),
        service(home, directory, "trainer-worker", environment, ports.worker(), archives));
  }

  private static ServiceProcess service(
      Path home,
      Path directory,
      String name,
      Map<String, String> environment,
      int port,
      @Nullable Path archives) {
    Path jar = home.resolve(name).resolve("target").resolve(name + ".jar");
    Path logFile = directory.resolve("logs").resolve(name + ".log");
    List<String> options = name.equals("gateway") ? GATEWAY_JVM_OPTIONS : JVM_OPTIONS;
    return ServiceProcess.start(name, jar, options, archives, environment, logFile, loopback(port));
  }

  private static void awaitHealthy(ServiceProcess service, Consumer<String> say) {
    long deadline = System.nanoTime() + START_LIMIT_SECONDS * 1_000_000_000L;
    while (!service.healthy()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            service.name()
                + " is not healthy after "
                + START_LIMIT_SECONDS
                + " s, see "
                + service.logFile());
      }
      java.util.concurrent.locks.LockSupport.parkNanos(100_000_000L);
    }
    say.accept(String.format("%-15s %s (pid %d)", service.name(), service.url(), service.pid()));
  }

  private static Connection connection(
      EmbeddedKafka kafka, EmbeddedS3 s3, String secret, Ports ports, Map<String, String> keys) {
    Map<String, String> values = new HashMap<>(keys);
    values.put("diffstream.kafka.bootstrap-servers", kafka.bootstrapServers());
    values.put("diffstream.s3.endpoint", s3.endpoint().toString());
    values.put("diffstream.s3.bucket", BUCKET);
    values.put("diffstream.s3.access-key", "diffstream");
    values.put("diffstream.s3.secret-key", secret);
    values.put(Connection.REGISTRY_URL, loopback(ports.registry()).toString());
    values.put(Connection.GATEWAY_URL, loopback(ports.gateway()).toString());
    values.put(Connection.GATEWAY_GRPC_ADDRESS, "127.0.0.1:" + ports.gatewayGrpc());
    return new Connection(values);
  }

  /** The secret of this directory: chosen at the first start, kept after. */
  private static String secret(Path directory) {
    String kept = Connection.of(directory).values().get("diffstream.s3.secret-key");
    if (kept != null) {
      return kept;
    }
    byte[] random = new byte[20];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  private static URI loopback(int port) {
    return URI.create("http://127.0.0.1:" + port);
  }

  public Connection connection() {
    return connection;
  }

  public Path directory() {
    return directory;
  }

  public List<ServiceProcess> services() {
    return services;
  }

  /** All services at once, then object store and broker. */
  @Override
  public void close() {
    services.forEach(ServiceProcess::stop);
    close(parts);
  }

  private static void close(Deque<AutoCloseable> parts) {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        System.err.println("while stopping: " + e);
      }
    }
  }
}
