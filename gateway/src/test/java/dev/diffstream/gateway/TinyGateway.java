package dev.diffstream.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.gateway.model.Model;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasTarget;
import inference.GRPCInferenceServiceGrpc;
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.opentelemetry.api.OpenTelemetry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A gateway over the small model, with tasks, and a client of it. */
final class TinyGateway implements AutoCloseable {
  static final Duration TIMEOUT = Duration.ofSeconds(30);

  final InMemoryBackends backends = new InMemoryBackends();
  private final HttpClient client = HttpClient.newHttpClient();
  private final ManagedChannel channel;
  private final GatewayServer server;

  TinyGateway() {
    this(new TinyModel());
  }

  TinyGateway(Model model) {
    this(model, OpenTelemetry.noop());
  }

  TinyGateway(Model model, OpenTelemetry telemetry) {
    this(InMemoryBackends.settings(), model, telemetry);
  }

  TinyGateway(GatewaySettings settings, Model model, OpenTelemetry telemetry) {
    this(settings, List.of(model), telemetry);
  }

  TinyGateway(GatewaySettings settings, List<Model> models, OpenTelemetry telemetry) {
    server = GatewayServer.start(settings, models, backends.store, backends.log, telemetry);
    channel =
        Grpc.newChannelBuilder(
                "127.0.0.1:" + server.grpcPort(), InsecureChannelCredentials.create())
            .build();
  }

  /** Announces a task and waits until it is served. */
  void serve(String task, Objective objective) throws Exception {
    backends.announce(task, 1, TinyModel.BASE, TinyModel.diff(task, objective, 0, 0));
    await("/v2/models/" + task + "/ready");
  }

  /** Announces the next version of a task that serves version 1, and waits until it is served. */
  void serveSecondVersion(String task, Objective objective) throws Exception {
    String first = Sha256.of(TinyModel.diff(task, objective, 0, 0));
    byte[] second = TinyModel.diff(task, objective, 1, 0);
    backends.store.put(ObjectKeys.diff(Sha256.of(second)), second, Map.of());
    AliasTarget previous = new AliasTarget(1, first, TinyModel.BASE);
    backends.announce(task, 2, TinyModel.BASE, Sha256.of(second), previous);
    await("/v2/models/" + task + "/versions/2/ready");
  }

  /** Waits until this path is answered 200. */
  void await(String path) throws Exception {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (get(path).statusCode() != 200) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  int port() {
    return server.port();
  }

  int grpcPort() {
    return server.grpcPort();
  }

  /** To the gateway's gRPC face. */
  ManagedChannel channel() {
    return channel;
  }

  /** A client whose calls end after {@link #TIMEOUT} at the latest. */
  GRPCInferenceServiceBlockingStub grpc() {
    return GRPCInferenceServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
  }

  HttpResponse<byte[]> get(String path) throws Exception {
    return client.send(request(path).build(), BodyHandlers.ofByteArray());
  }

  HttpResponse<byte[]> post(String path, String body, String... headers) throws Exception {
    return post(path, body.getBytes(UTF_8), headers);
  }

  HttpResponse<byte[]> post(String path, byte[] body, String... headers) throws Exception {
    HttpRequest.Builder request = request(path).POST(BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofByteArray());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path)).timeout(TIMEOUT);
  }

  static JsonNode json(HttpResponse<byte[]> response) {
    assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
    return Json.parse(response.body(), "answer");
  }

  static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), UTF_8);
  }

  /** A refusal in the protocol's form; its message. */
  static String refused(HttpResponse<byte[]> response, int status, String code) {
    String body = text(response);
    assertThat(response.statusCode()).as(body).isEqualTo(status);
    assertThat(response.headers().firstValue("diffstream-error-code")).hasValue(code);
    String error = Json.parse(response.body(), "answer").path("error").asText();
    assertThat(error).startsWith(code + ": ").hasSizeLessThan(2500);
    return error;
  }

  void closeServer() {
    server.close();
  }

  void closeClients() {
    channel.shutdownNow();
    client.close();
  }

  @Override
  public void close() {
    closeClients();
    closeServer();
  }
}
