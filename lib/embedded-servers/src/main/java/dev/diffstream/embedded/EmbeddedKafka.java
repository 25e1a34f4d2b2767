package dev.diffstream.embedded;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * One real Kafka broker, which is its own controller, in this JVM. It listens on 127.0.0.1 without
 * authentication and keeps its data in one directory: opened again, it goes on where it stopped.
 *
 * <p>Close every client before the broker; a client that outlives it waits for its answers.
 */
public final class EmbeddedKafka implements AutoCloseable {
  private static final int NODE = 1;
  private static final int BIND_ATTEMPTS = 5;

  private final KafkaRaftServer server;
  private final int port;

  private EmbeddedKafka(KafkaRaftServer server, int port) {
    this.server = server;
    this.port = port;
  }

  /** Starts a broker on {@code directory}; port 0 takes a free one. */
  public static EmbeddedKafka start(Path directory, int port) {
    return start(directory, port, Map.of());
  }

  /** Starts a broker with {@code overrides} laid over the properties that this class chooses. */
  public static EmbeddedKafka start(Path directory, int port, Map<String, String> overrides) {
    for (int attempt = 1; ; attempt++) {
      try {
        return startOnce(directory, port, overrides);
      } catch (RuntimeException e) {
        if (port != 0 || attempt == BIND_ATTEMPTS || !isBindFailure(e)) {
          throw e;
        }
      }
    }
  }

  /** Where clients connect: {@code 127.0.0.1:port}. */
  public String bootstrapServers() {
    return "127.0.0.1:" + port;
  }

  public int port() {
    return port;
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }

  private static EmbeddedKafka startOnce(
      Path directory, int wantedPort, Map<String, String> overrides) {
    int[] ports = FreePorts.pick(2);
    int port = wantedPort == 0 ? ports[0] : wantedPort;
    Path data = directory.toAbsolutePath();
    format(data);
    Map<String, String> properties = properties(data, port, ports[1]);
    properties.putAll(overrides);
    KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
    try {
      server.startup();
    } catch (RuntimeException e) {
      server.shutdown();
      throw e;
    }
    return new EmbeddedKafka(server, port);
  }

  private static void format(Path directory) {
    try {
      Files.createDirectories(directory);
      if (Files.exists(directory.resolve("meta.properties"))) {
        return;
      }
      Formatter formatter =
          new Formatter()
              .setPrintStream(new PrintStream(PrintStream.nullOutputStream()))
              .setNodeId(NODE)
              .setClusterId(Uuid.randomUuid().toString())
              .setControllerListenerName("CONTROLLER")
              .setReleaseVersion(MetadataVersion.latestProduction())
              .setMetadataLogDirectory(directory.toString());
      formatter.addDirectory(directory.toString());
      formatter.run();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare the Kafka directory " + directory, e);
    } catch (Exception e) {
      throw new IllegalStateException("cannot format the Kafka directory " + directory, e);
    }
  }

  private static Map<String, String> properties(Path directory, int port, int controllerPort) {
    Map<String, String> properties = new HashMap<>(identity(directory, port, controllerPort));
    properties.putAll(singleNode());
    properties.putAll(lowMemory());
    return properties;
  }

  private static Map<String, String> identity(Path directory, int port, int controllerPort) {
    return Map.of(
        "process.roles",
        "broker,controller",
        "node.id",
        String.valueOf(NODE),
        "log.dirs",
        directory.toString(),
        "listeners",
        "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort,
        "advertised.listeners",
        "PLAINTEXT://127.0.0.1:" + port,
        "listener.security.protocol.map",
        "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names",
        "CONTROLLER",
        "controller.quorum.voters",
        NODE + "@127.0.0.1:" + controllerPort);
  }

  /** One replica of everything; after a kill the old registration of the broker expires soon. */
  private static Map<String, String> singleNode() {
    return Map.of(
        "offsets.topic.replication.factor", "1",
        "transaction.state.log.replication.factor", "1",
        "transaction.state.log.min.isr", "1",
        "share.coordinator.state.topic.replication.factor", "1",
        "share.coordinator.state.topic.min.isr", "1",
        "group.initial.rebalance.delay.ms", "0",
        "group.share.max.delivery.count.limit", "25",
        "broker.session.timeout.ms", "2000",
        "broker.heartbeat.interval.ms", "500",
        "auto.create.topics.enable", "false");
  }

  private static Map<String, String> lowMemory() {
    return Map.of(
        "log.cleaner.dedupe.buffer.size", String.valueOf(4 << 20),
        "offsets.topic.num.partitions", "1",
        "transaction.state.log.num.partitions", "1",
        "share.coordinator.state.topic.num.partitions", "1",
        "log.segment.bytes", String.valueOf(64 << 20),
        "num.network.threads", "2",
        "num.io.threads", "2",
        "background.threads", "2");
  }

  private static boolean isBindFailure(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException) {
        return true;
      }
    }
    return false;
  }
}
