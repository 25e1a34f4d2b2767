package dev.diffstream.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.Main;
import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.client.GatewayClient;
import dev.diffstream.cli.client.GatewayClient.Prediction;
import dev.diffstream.cli.client.GatewayClient.Question;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.deployment.Deployment;
import dev.diffstream.cli.deployment.Ports;
import dev.diffstream.cli.deployment.ServiceProcess;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.signature.KeyFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** A running deployment and what a test does to it: upload, send, ask, kill, wait. */
final class Stage implements AutoCloseable {
  private static final Duration LONGEST = Duration.ofMinutes(10);

  final OtlpReceiver collector;
  final Deployment deployment;
  final Connection connection;
  final ObjectStore store;
  final EventLog log;
  final Invariants invariants;
  final GatewayClient gateway;
  final HttpJson registry;

  /** A deployment with the base that comes with the project. */
  Stage(Path directory) throws IOException {
    this(directory, Map.of());
  }

  /**
   * A deployment with a base of two small layers, over which two threads would wait for each other
   * more than they compute: for tests that are not about learning.
   */
  static Stage withTinyBase(Path directory) throws IOException {
    return new Stage(
        directory,
        Map.of("DIFFSTREAM_BASE", tinyBase().toString(), "DIFFSTREAM_WORKER_THREADS", "1"));
  }

  private Stage(Path directory, Map<String, String> more) throws IOException {
    collector = new OtlpReceiver();
    Path home =
        Path.of(System.getProperty("diffstream.home", "../..")).toAbsolutePath().normalize();
    deployment =
        Deployment.start(home, directory, Ports.free(), environment(more), System.out::println);
    connection = deployment.connection();
    store = connection.openStore();
    log = connection.openLog();
    invariants =
        new Invariants(
            store,
            log,
            KeyFiles.trustedKeys(
                List.of(directory.resolve("keys").resolve(KeyFiles.VERIFICATION_KEY))));
    gateway = new GatewayClient(connection.gatewayUrl());
    registry = new HttpJson(connection.registryUrl());
  }

  private Map<String, String> environment(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(more);
    all.put("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint());
    all.put("OTEL_BSP_SCHEDULE_DELAY", "200");
    all.put("DIFFSTREAM_WORKER_CHECKPOINT_INTERVAL", "5s");
    all.put("DIFFSTREAM_REGISTRY_BASE_WAIT", "2s");
    return all;
  }

  static Path tinyBase() {
    return Path.of("../../trainer-worker/src/test/resources/tiny-bert")
        .toAbsolutePath()
        .normalize();
  }

  /** The first {@code rows} rows of a sample data set of the command. */
  static byte[] sample(String name, int rows) throws IOException {
    try (InputStream in =
        Deployment.class.getResourceAsStream("/dev/diffstream/cli/demo/" + name + ".jsonl")) {
      return new String(java.util.Objects.requireNonNull(in).readAllBytes(), UTF_8)
          .lines()
          .limit(rows)
          .collect(Collectors.joining("\n"))
          .getBytes(UTF_8);
    }
  }

  void upload(String key, byte[] content) {
    store.put(key, content, Map.of());
  }

  String bucket() {
    return deployment.connection().s3().bucket();
  }

  /** A task event in binary mode, as any producer would send it. */
  void send(String task, String id, String data, Map<String, String> more) {
    Map<String, String> headers = new HashMap<>(more);
    headers.put("ce_specversion", "1.0");
    headers.put("ce_id", id);
    headers.put("ce_source", "/e2e");
    headers.put("ce_type", "dev.diffstream.task.submitted.v1");
    headers.put("content-type", "application/json");
    log.publish(Topics.TASKS, new Message(task, headers, data.getBytes(UTF_8)));
  }

  /** As a console producer sends it: structured mode, no headers, no key. */
  void sendStructured(String event) {
    log.publish(Topics.TASKS, new Message("", Map.of(), event.getBytes(UTF_8)));
  }

  void awaitServed(String task, long version) {
    await(
        "version " + version + " of " + task,
        () -> gateway.ready(task) && ask(task, "Hello?").version() == version);
  }

  Prediction ask(String task, String text) {
    return gateway.infer(task, List.of(new Question(text, null))).get(0);
  }

  JsonNode task(String task) {
    return registry.get("/v1/tasks/" + task);
  }

  /** Exit status of a command of the cli that talks to this deployment. */
  int command(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data-dir", deployment.directory().toString()));
    return Main.commandLine().execute(all.toArray(String[]::new));
  }

  ServiceProcess service(String name) {
    return deployment.services().stream()
        .filter(service -> service.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** kill -9; returns the process id that is gone. */
  long kill(String name) {
    long pid = service(name).pid();
    ProcessHandle handle = ProcessHandle.of(pid).orElseThrow();
    handle.destroyForcibly();
    handle.onExit().join();
    return pid;
  }

  void await(String what, BooleanSupplier condition) {
    Polling.await(what, LONGEST, condition, () -> "logs in " + deployment.directory());
  }

  @Override
  public void close() {
    log.close();
    store.close();
    deployment.close();
    collector.close();
  }
}
