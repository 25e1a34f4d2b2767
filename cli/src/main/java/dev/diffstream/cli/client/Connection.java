package dev.diffstream.cli.client;

import dev.diffstream.eventlog.KafkaEventLog;
import dev.diffstream.eventlog.KafkaSettings;
import dev.diffstream.objectstore.S3ObjectStore;
import dev.diffstream.objectstore.S3Settings;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.settings.Settings;
import dev.diffstream.settings.SignatureSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * How to reach a deployment. A running {@code standalone} or {@code demo --keep} leaves the values
 * in {@code connection.properties} of its data directory; environment variables ({@code
 * DIFFSTREAM_KAFKA_BOOTSTRAP_SERVERS} and so on) come first.
 *
 * @param values settings by dotted key
 */
public record Connection(Map<String, String> values) {
  public static final String REGISTRY_URL = "diffstream.registry.url";
  public static final String GATEWAY_URL = "diffstream.gateway.url";

  /** Host and port, as gRPC clients take them. */
  public static final String GATEWAY_GRPC_ADDRESS = "diffstream.gateway.grpc-address";

  private static final String BOOTSTRAP_SERVERS = "diffstream.kafka.bootstrap-servers";
  private static final String ACCESS_KEY = "diffstream.s3.access-key";
  private static final String FILE = "connection.properties";

  public Connection {
    values = Map.copyOf(values);
  }

  /** The connection that {@code directory} names, under what the environment says. */
  public static Connection of(Path directory) {
    Map<String, String> values = new HashMap<>();
    Path file = directory.resolve(FILE);
    if (Files.isRegularFile(file)) {
      Properties properties = new Properties();
      try (InputStream in = Files.newInputStream(file)) {
        properties.load(in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      properties
          .stringPropertyNames()
          .forEach(name -> values.put(name, properties.getProperty(name)));
    }
    values.putAll(fromEnvironment());
    return new Connection(values);
  }

  private static Map<String, String> fromEnvironment() {
    Map<String, String> values = new HashMap<>();
    for (String key :
        new String[] {
          BOOTSTRAP_SERVERS,
          "diffstream.s3.endpoint",
          "diffstream.s3.region",
          "diffstream.s3.bucket",
          ACCESS_KEY,
          "diffstream.s3.secret-key",
          SignatureSettings.SIGNING_KEY,
          SignatureSettings.VERIFICATION_KEYS,
          REGISTRY_URL,
          GATEWAY_URL,
          GATEWAY_GRPC_ADDRESS
        }) {
      String value = System.getenv(Settings.environmentName(key));
      if (value != null && !value.isBlank()) {
        values.put(key, value);
      }
    }
    return values;
  }

  /**
   * Readable by its owner alone: it holds the secret key. A reader, and whoever starts after a kill
   * in the middle, finds the old file or the new one.
   */
  public void write(Path directory) {
    try {
      Files.createDirectories(directory);
      Path written = directory.resolve(FILE + ".new");
      Files.deleteIfExists(written);
      Files.createFile(
          written,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Properties properties = new Properties();
      properties.putAll(new TreeMap<>(values));
      try (OutputStream out = Files.newOutputStream(written)) {
        properties.store(out, "How to reach the deployment in this directory");
      }
      Files.move(written, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same values as environment variables, as the services read them. */
  public Map<String, String> environment() {
    Map<String, String> environment = new TreeMap<>();
    values.forEach((key, value) -> environment.put(Settings.environmentName(key), value));
    return environment;
  }

  public Settings settings() {
    return Settings.of(values);
  }

  public KafkaSettings kafka() {
    return KafkaSettings.from(settings());
  }

  public S3Settings s3() {
    return S3Settings.from(settings());
  }

  /**
   * @throws DiffstreamException OVERLOADED at once when no broker listens
   */
  public KafkaEventLog openLog() {
    if (!values.containsKey(BOOTSTRAP_SERVERS)) {
      expectAccessKey();
    }
    Reachability.check("Kafka", kafka().bootstrapServers());
    return new KafkaEventLog(kafka(), "diffstream-cli");
  }

  /**
   * @throws DiffstreamException OVERLOADED if nothing says how to reach a store
   */
  public S3ObjectStore openStore() {
    expectAccessKey();
    return new S3ObjectStore(s3());
  }

  private void expectAccessKey() {
    if (!values.containsKey(ACCESS_KEY)) {
      throw new DiffstreamException(
          ErrorCode.OVERLOADED,
          "found no deployment: there is neither a connection.properties in the data directory (--data-dir) nor a %s; is `diffstream standalone` running there?"
              .formatted(Settings.environmentName(ACCESS_KEY)));
    }
  }

  public URI registryUrl() {
    return URI.create(values.getOrDefault(REGISTRY_URL, "http://127.0.0.1:8081"));
  }

  public URI gatewayUrl() {
    return URI.create(values.getOrDefault(GATEWAY_URL, "http://127.0.0.1:8080"));
  }
}
