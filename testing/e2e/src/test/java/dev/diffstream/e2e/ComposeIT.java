package dev.diffstream.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.client.GatewayClient;
import dev.diffstream.cli.client.GatewayClient.Prediction;
import dev.diffstream.cli.client.GatewayClient.Question;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.client.TaskSubmission;
import dev.diffstream.cli.deployment.Ports;
import dev.diffstream.embedded.EmbeddedKafka;
import dev.diffstream.embedded.EmbeddedS3;
import dev.diffstream.embedded.MinioProcess;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.settings.Settings;
import dev.diffstream.settings.SignatureSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * docker-compose.yml without a container engine: each of the project's services runs as a process
 * with exactly the Dockerfile's entry point, the compose file's command and environment; host names
 * and ports are replaced. Broker and object store are real.
 */
class ComposeIT {
  private static final Path HOME = Path.of("../..").toAbsolutePath().normalize();
  private static final Duration LONGEST = Duration.ofMinutes(3);

  private final Map<String, String> variables = ComposeFile.variables(HOME.resolve(".env.example"));
  private final ComposeFile compose =
      new ComposeFile(HOME.resolve("docker-compose.yml"), variables);

  ComposeIT() throws IOException {}

  @Test
  void theFileIsFitToBePublished() throws IOException {
    String text = Files.readString(HOME.resolve("docker-compose.yml"));
    variables.values().stream()
        .filter(value -> value.length() > 10)
        .forEach(secret -> assertThat(text).doesNotContain(secret));
    assertThat(text).doesNotContainPattern("(?im)^\\s*\\S*(password|secret_key): *[^ $]");
    assertThat(compose.own())
        .containsExactlyInAnyOrder("init", "registry", "gateway", "trainer-worker");
    for (String name : compose.services().keySet()) {
      Map<String, Object> service = compose.service(name);
      assertThat(ComposeFile.strings(service.get("ports")))
          .as("ports of %s", name)
          .allMatch(port -> port.startsWith("127.0.0.1:"));
      assertThat(service.containsKey("healthcheck") || name.equals("init"))
          .as("health check of %s", name)
          .isTrue();
      ComposeFile.strings(service.get("volumes"))
          .forEach(
              volume ->
                  assertThat(compose.volumes())
                      .containsKey(volume.substring(0, volume.indexOf(':'))));
    }
  }

  @Test
  void theOverlayForSignaturesSetsWhatTheServicesRead() throws IOException {
    ComposeFile overlay = new ComposeFile(HOME.resolve("docker-compose.signatures.yml"), variables);
    assertThat(compose.own()).containsAll(overlay.services().keySet());
    String signing = Settings.environmentName(SignatureSettings.SIGNING_KEY);
    String verification = Settings.environmentName(SignatureSettings.VERIFICATION_KEYS);
    assertThat(overlay.environment("trainer-worker")).containsOnlyKeys(signing, verification);
    assertThat(overlay.environment("registry")).containsOnlyKeys(verification);
    assertThat(overlay.environment("gateway")).containsOnlyKeys(verification);
    for (String name : overlay.services().keySet()) {
      assertThat(ComposeFile.strings(overlay.service(name).get("volumes")))
          .extracting(volume -> volume.split(":")[1])
          .containsExactlyInAnyOrderElementsOf(overlay.environment(name).values());
    }
  }

  @Test
  void theOverlayForAccessAsksForKeysEverywhere() throws IOException {
    ComposeFile overlay = new ComposeFile(HOME.resolve("docker-compose.access.yml"), variables);
    assertThat(overlay.services().keySet())
        .containsExactlyInAnyOrder("registry", "gateway", "trainer-worker");
    for (String name : overlay.services().keySet()) {
      assertThat(overlay.environment(name))
          .containsEntry("DIFFSTREAM_ACCESS_KEYS", "bucket")
          .containsEntry("DIFFSTREAM_ALLOW_UNAUTHENTICATED_NETWORK_ACCESS", "false");
    }
  }

  @Test
  void oneTaskRunsThroughTheServicesOfTheFile(@TempDir Path directory) throws Exception {
    Ports ports = Ports.free();
    List<Process> processes = new ArrayList<>();
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"), ports.kafka());
        Server s3 = objectStore(directory.resolve("s3"))) {
      Map<String, String> replaced =
          Map.of(
              "http://s3:9000", s3.endpoint().toString(),
              "kafka:9092", kafka.bootstrapServers(),
              "0.0.0.0", "127.0.0.1",
              "/home/diffstream/diffs", directory.resolve("diffs").toString(),
              "8081", Integer.toString(ports.registry()),
              "8080", Integer.toString(ports.gateway()),
              "8083", Integer.toString(ports.gatewayGrpc()),
              "8082", Integer.toString(ports.worker()));
      Process init = start("init", replaced, directory);
      processes.add(init);
      assertThat(init.waitFor(2, TimeUnit.MINUTES)).as("init ends").isTrue();
      assertThat(init.exitValue()).as(Files.readString(directory.resolve("init.log"))).isZero();

      for (String name : List.of("registry", "gateway", "trainer-worker")) {
        processes.add(start(name, replaced, directory));
      }
      for (String name : List.of("registry", "gateway", "trainer-worker")) {
        String port = replaced.getOrDefault(healthPort(name), "");
        await(
            name + " is healthy",
            () -> new HttpJson(URI.create("http://127.0.0.1:" + port)).status("/health") == 200);
      }
      assertThat(predictions(replaced))
          .allSatisfy(prediction -> assertThat(prediction.label()).isNotEmpty());
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\n" + logs(directory), e);
    } finally {
      processes.forEach(process -> process.descendants().forEach(ProcessHandle::destroyForcibly));
      processes.forEach(Process::destroyForcibly);
      for (Process process : processes) {
        process.waitFor();
      }
    }
  }

  /** The end of each service's output. */
  private static String logs(Path directory) throws IOException {
    StringBuilder text = new StringBuilder();
    try (var files = Files.list(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".log")).toList()) {
        List<String> lines = Files.readAllLines(file);
        text.append("== ").append(file.getFileName()).append('\n');
        lines
            .subList(Math.max(0, lines.size() - 30), lines.size())
            .forEach(line -> text.append(line).append('\n'));
      }
    }
    return text.toString();
  }

  private List<Prediction> predictions(Map<String, String> replaced) throws IOException {
    Map<String, String> values = new HashMap<>();
    replace(compose.environment("init"), replaced)
        .forEach(
            (name, value) ->
                values.put(name.toLowerCase(java.util.Locale.ROOT).replace('_', '.'), value));
    Connection connection =
        new Connection(
            Map.of(
                "diffstream.kafka.bootstrap-servers",
                    values.getOrDefault("diffstream.kafka.bootstrap.servers", ""),
                "diffstream.s3.endpoint", values.getOrDefault("diffstream.s3.endpoint", ""),
                "diffstream.s3.access-key", values.getOrDefault("diffstream.s3.access.key", ""),
                "diffstream.s3.secret-key", values.getOrDefault("diffstream.s3.secret.key", "")));
    GatewayClient gateway =
        new GatewayClient(URI.create("http://127.0.0.1:" + replaced.get("8080")));
    try (ObjectStore store = connection.openStore();
        EventLog log = connection.openLog()) {
      TaskSubmission submission = new TaskSubmission(store, log);
      String key = ObjectKeys.data(new TaskId("composed"), "rows.jsonl");
      submission.upload(new ByteArrayInputStream(Stage.sample("support-topic", 90)), key);
      String data =
          "{\"taskId\":\"composed\",\"objective\":\"classification\",\"data\":{\"train\":\"%s\"},\"method\":\"fixed-mask\",\"settings\":{\"headSteps\":60,\"stage3Steps\":20}}"
              .formatted(key);
      submission.submit(
          Json.read(data.getBytes(UTF_8), TaskSubmitted.class, "the task"), "composed-1");
      await("composed is served", () -> gateway.ready("composed"));
      return gateway.infer("composed", List.of(new Question("Where is my parcel?", null)));
    }
  }

  /**
   * The Dockerfile's entry point, then the compose file's command, in the folder that the image
   * would hold.
   */
  private Process start(String service, Map<String, String> replaced, Path logs)
      throws IOException {
    String module = compose.module(service);
    List<String> command = new ArrayList<>(entryPoint());
    command.set(0, Path.of(System.getProperty("java.home"), "bin", command.get(0)).toString());
    command.replaceAll(
        part ->
            part.equals("app.jar")
                ? HOME.resolve(module).resolve("target").resolve(module + ".jar").toString()
                : part);
    command.addAll(compose.command(service));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(logs.resolve(service + ".log").toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("DIFFSTREAM_") || name.startsWith("OTEL_"));
    builder.environment().putAll(replace(compose.environment(service), replaced));
    return builder.start();
  }

  private static List<String> entryPoint() throws IOException {
    Matcher matcher =
        Pattern.compile("ENTRYPOINT (\\[.*])")
            .matcher(Files.readString(HOME.resolve("deploy/Dockerfile")));
    assertThat(matcher.find()).as("the Dockerfile has an entry point").isTrue();
    List<String> parts = new ArrayList<>();
    Json.parse(matcher.group(1).getBytes(UTF_8), "ENTRYPOINT")
        .forEach(part -> parts.add(part.asText()));
    return parts;
  }

  private static Map<String, String> replace(
      Map<String, String> environment, Map<String, String> replaced) {
    Map<String, String> result = new HashMap<>();
    environment.forEach((name, value) -> result.put(name, replaced.getOrDefault(value, value)));
    return result;
  }

  /** The port that the health check of the file asks. */
  private String healthPort(String service) {
    String test =
        String.join(
            " ",
            ComposeFile.strings(
                ComposeFile.map(compose.service(service).get("healthcheck")).get("test")));
    Matcher matcher = Pattern.compile("127\\.0\\.0\\.1/(\\d+)").matcher(test);
    assertThat(matcher.find()).as("the health check of %s: %s", service, test).isTrue();
    assertThat(test).contains("GET /health ");
    return matcher.group(1);
  }

  private record Server(URI endpoint, AutoCloseable closing) implements AutoCloseable {
    @Override
    public void close() throws Exception {
      closing.close();
    }
  }

  private Server objectStore(Path directory) throws IOException {
    Files.createDirectories(directory);
    String accessKey = variables.getOrDefault("S3_ACCESS_KEY", "");
    String secretKey = variables.getOrDefault("S3_SECRET_KEY", "");
    Optional<Path> minio = MinioProcess.binary();
    if (minio.isPresent()) {
      MinioProcess process = MinioProcess.start(minio.get(), directory, accessKey, secretKey);
      return new Server(process.endpoint(), process);
    }
    System.out.println(
        "the compose services ran on the embedded S3 server instead of a real MinIO: set MINIO_BINARY to a minio server, see README");
    EmbeddedS3 embedded =
        EmbeddedS3.start(new EmbeddedS3.Options(directory, 0, accessKey, secretKey, "scratch"));
    return new Server(embedded.endpoint(), embedded);
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + LONGEST.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + LONGEST + ": " + what);
      }
      java.util.concurrent.locks.LockSupport.parkNanos(200_000_000L);
    }
  }
}
