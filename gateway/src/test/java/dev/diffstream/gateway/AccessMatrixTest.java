package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.event.Objective;
import inference.GRPCInferenceServiceGrpc;
import inference.ModelInferRequest;
import inference.ModelMetadataRequest;
import inference.RepositoryIndexRequest;
import inference.ServerLiveRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.stub.MetadataUtils;
import io.micronaut.web.router.Router;
import io.opentelemetry.api.OpenTelemetry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.slf4j.LoggerFactory;

/** Every route and method of the gateway, by every kind of key: what docs/access.md says. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AccessMatrixTest {
  private static final List<String> ROLES = List.of("read", "submit", "operate", "predict");
  private static final String TASK = "reviews";
  private static final String INFER =
      "{\"inputs\":[{\"name\":\"text\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"good\"]}]}";

  private final InMemoryBackends backends = new InMemoryBackends();
  private final TestKeys keys = new TestKeys(backends.store);
  private final String root = keys.create(null, null, "read", "operate", "predict");
  private final HttpClient client = HttpClient.newHttpClient();
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final List<String> answers = new ArrayList<>();
  private final AccessDocument document = new AccessDocument();
  private final GatewayServer server =
      GatewayServer.start(
          InMemoryBackends.settings(),
          TestKeys.SETTINGS,
          List.of(new TinyModel()),
          backends.store,
          backends.log,
          OpenTelemetry.noop());
  private final ManagedChannel channel =
      Grpc.newChannelBuilder("127.0.0.1:" + server.grpcPort(), InsecureChannelCredentials.create())
          .build();

  AccessMatrixTest() throws Exception {}

  /** One task of the tenant shop. */
  @BeforeAll
  void serve() throws Exception {
    Logger all = (Logger) LoggerFactory.getLogger("dev.diffstream");
    lines.start();
    all.addAppender(lines);
    all.setLevel(Level.DEBUG);
    backends.announceOwned(
        TASK, "shop", TinyModel.BASE, TinyModel.diff(TASK, Objective.CLASSIFICATION, 0, 0));
    await("/v2/models/" + TASK + "/ready", root, 200);
  }

  @AfterAll
  void stop() {
    Logger all = (Logger) LoggerFactory.getLogger("dev.diffstream");
    all.detachAppender(lines);
    all.setLevel(null);
    channel.shutdownNow();
    server.close();
    client.close();
  }

  private Map<String, String> routes() {
    return document.needs("Routes of the gateway");
  }

  private Map<String, String> methods() {
    return document.needs("Methods of the gateway over gRPC");
  }

  @Test
  void theDocumentListsEveryRoute() {
    Set<String> found = new TreeSet<>();
    server
        .context()
        .getBean(Router.class)
        .uriRoutes()
        .filter(route -> !Set.of("HEAD", "OPTIONS").contains(route.getHttpMethodName()))
        .forEach(route -> found.add(route.getHttpMethodName() + " " + route.getUriMatchTemplate()));
    assertThat(routes().keySet()).containsExactlyInAnyOrderElementsOf(found);
  }

  @Test
  void theDocumentListsEveryMethod() {
    assertThat(methods().keySet()).containsExactlyInAnyOrderElementsOf(descriptors().keySet());
  }

  private static Map<String, MethodDescriptor<?, ?>> descriptors() {
    Map<String, MethodDescriptor<?, ?>> methods = new TreeMap<>();
    for (ServiceDescriptor service :
        List.of(
            GRPCInferenceServiceGrpc.getServiceDescriptor(),
            HealthGrpc.getServiceDescriptor(),
            ServerReflectionGrpc.getServiceDescriptor(),
            io.grpc.reflection.v1alpha.ServerReflectionGrpc.getServiceDescriptor())) {
      service.getMethods().forEach(method -> methods.put(method.getFullMethodName(), method));
    }
    return methods;
  }

  private List<@Nullable String> invalid() {
    List<@Nullable String> secrets = new ArrayList<>();
    secrets.add(null);
    secrets.add("dsk_" + "x".repeat(43));
    secrets.add(keys.expired("read", "submit", "operate", "predict"));
    secrets.add(keys.revoked("read", "submit", "operate", "predict"));
    return secrets;
  }

  @Test
  void withoutAValidKeyNothingIsToldButHealth() throws Exception {
    for (String secret : invalid()) {
      for (Map.Entry<String, String> route : routes().entrySet()) {
        HttpResponse<String> answer = ask(route.getKey(), secret, TASK);
        String what = route + ": " + answer.body();
        if (document.gives("without a key", route.getValue())) {
          assertThat(answer.statusCode()).as(what).isNotIn(401, 403);
          assertThat(answer.body()).as(what).doesNotContain(TASK);
        } else {
          assertThat(answer.statusCode()).as(what).isEqualTo(401);
          assertThat(answer.body()).startsWith("{\"error\":\"UNAUTHENTICATED: ");
        }
      }
      for (Map.Entry<String, String> method : methods().entrySet()) {
        Status.Code code = call(method.getKey(), secret);
        boolean open = document.gives("without a key", method.getValue());
        assertThat(code == Status.Code.UNAUTHENTICATED).as(method + " " + code).isEqualTo(!open);
      }
    }
  }

  @Test
  void everyRoleMayWhatTheDocumentSays() throws Exception {
    for (String role : ROLES) {
      for (String tenant : new String[] {"none", "shop", "desk"}) {
        String secret = keys.create(tenant.equals("none") ? null : tenant, null, role);
        await("/v2", secret, 200);
        for (Map.Entry<String, String> route : routes().entrySet()) {
          check(role, tenant, secret, route.getKey(), route.getValue());
        }
        for (Map.Entry<String, String> method : methods().entrySet()) {
          boolean denied = call(method.getKey(), secret) == Status.Code.PERMISSION_DENIED;
          assertThat(denied)
              .as(role + " " + tenant + " " + method)
              .isEqualTo(!may(role, tenant, method.getValue()));
        }
      }
    }
    noSecretStandsAnywhere();
  }

  private boolean may(String role, String tenant, String needs) {
    return document.gives(role, needs) && (!needs.equals("deployment") || tenant.equals("none"));
  }

  private void check(String role, String tenant, String secret, String route, String needs)
      throws Exception {
    HttpResponse<String> answer = ask(route, secret, TASK);
    String what = "%s of %s: %s: %s".formatted(role, tenant, route, answer.body());
    if (!may(role, tenant, needs)) {
      assertThat(answer.statusCode()).as(what).isEqualTo(403);
      assertThat(answer.body()).startsWith("{\"error\":\"PERMISSION_DENIED: ");
      return;
    }
    assertThat(answer.statusCode()).as(what).isNotIn(401, 403);
    if (tenant.equals("desk")) { // of another tenant: as a task that does not exist
      assertThat(answer.body().replace(TASK, "nowhere"))
          .as(what)
          .isEqualTo(ask(route, secret, "nowhere").body());
    }
    if (tenant.equals("shop") && route.endsWith("infer") && !route.contains("{version}")) {
      assertThat(answer.statusCode()).as(what).isEqualTo(200);
    }
  }

  @Test
  void otherTenantsTasksAreNotListedAndNotAsked() throws Exception {
    String desk = keys.create("desk", null, "read", "predict");
    String shop = keys.create("shop", null, "read", "predict");
    await("/v2", desk, 200);
    await("/v2", shop, 200);
    assertThat(ask("GET /v2/models", desk, TASK).body()).doesNotContain(TASK);
    assertThat(ask("GET /v2/models", shop, TASK).body()).contains(TASK);
    assertThat(ask("GET /v2/models/stats", desk, TASK).body()).doesNotContain(TASK);
    assertThat(ask("POST /v2/repository/index", desk, TASK).body()).doesNotContain(TASK);
    assertThat(ask("GET /", desk, TASK).body()).doesNotContain(TASK);
    HttpResponse<String> several =
        send("POST", "/v1/predict", "{\"tasks\":[\"" + TASK + "\"],\"text\":\"good\"}", desk);
    assertThat(several.body()).contains("TASK_UNKNOWN").doesNotContain("label");
    assertThat(
            send("POST", "/predict", "{\"model\":\"" + TASK + "\",\"inputs\":\"good\"}", desk)
                .statusCode())
        .isEqualTo(404);
    assertThat(
            send("POST", "/tokenize", "{\"model\":\"" + TASK + "\",\"inputs\":\"good\"}", desk)
                .statusCode())
        .isEqualTo(404);
    assertThat(infer(desk)).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(infer(shop)).isNotEqualTo(Status.Code.NOT_FOUND);
    assertThat(
            stub(desk)
                .repositoryIndex(RepositoryIndexRequest.getDefaultInstance())
                .getModelsCount())
        .isZero();
    assertThat(
            stub(shop)
                .modelMetadata(ModelMetadataRequest.newBuilder().setName(TASK).build())
                .getName())
        .isEqualTo(TASK);
  }

  private Status.Code infer(String secret) {
    try {
      stub(secret).modelInfer(ModelInferRequest.newBuilder().setModelName(TASK).build());
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }

  @Test
  void aRevokedKeyEndsWithinAMoment() throws Exception {
    String secret = keys.create(null, null, "predict");
    await("/v2/models", secret, 200);
    assertThat(stub(secret).serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
    long began = System.nanoTime();
    keys.revoke(secret);
    await("/v2/models", secret, 401);
    System.out.printf("revoked after %d ms%n", (System.nanoTime() - began) / 1_000_000);
    assertThat(infer(secret)).isEqualTo(Status.Code.UNAUTHENTICATED);
  }

  private GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub stub(String secret) {
    return GRPCInferenceServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(TinyGateway.TIMEOUT.toSeconds(), TimeUnit.SECONDS)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata(secret)));
  }

  private static Metadata metadata(@Nullable String secret) {
    Metadata metadata = new Metadata();
    if (secret != null) {
      metadata.put(
          Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + secret);
    }
    return metadata;
  }

  /** What becomes of a call with an empty message; of streams that stay open, OK once they do. */
  private Status.Code call(String method, @Nullable String secret) throws Exception {
    return call(InMemoryBackends.at(descriptors(), method), secret);
  }

  private <Q, A> Status.Code call(MethodDescriptor<Q, A> method, @Nullable String secret)
      throws Exception {
    CompletableFuture<Status.Code> ended = new CompletableFuture<>();
    ClientCall<Q, A> call = channel.newCall(method, CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(A message) {
            ended.complete(Status.Code.OK);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            answers.add(status + " " + trailers);
            ended.complete(status.getCode());
          }
        },
        metadata(secret));
    call.request(1);
    if (method.getType().clientSendsOneMessage()) {
      call.sendMessage(method.parseRequest(java.io.InputStream.nullInputStream()));
    }
    call.halfClose();
    Status.Code code = ended.get(TinyGateway.TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    call.cancel("done", null);
    return code;
  }

  private HttpResponse<String> ask(String route, @Nullable String secret, String task)
      throws Exception {
    String path =
        route
            .substring(route.indexOf(' ') + 1)
            .replace("{model}", task)
            .replace("{task}", task)
            .replace("{version}", "1")
            .replace("/info", "/info?model=" + task);
    String method = route.substring(0, route.indexOf(' '));
    return send(method, path, path.endsWith("infer") ? INFER : "", secret);
  }

  private HttpResponse<String> send(
      String method, String path, String body, @Nullable String secret) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .timeout(TinyGateway.TIMEOUT)
            .method(
                method,
                method.equals("GET") ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (secret != null) {
      request.header("authorization", "bearer " + secret);
    }
    HttpResponse<String> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    answers.add(answer.body() + answer.headers().map());
    return answer;
  }

  private void noSecretStandsAnywhere() throws Exception {
    answers.add(ask("GET /prometheus", root, TASK).body());
    lines.list.forEach(line -> answers.add(line.getFormattedMessage()));
    assertThat(lines.list).isNotEmpty();
    for (String secret : keys.secrets()) {
      assertThat(answers).noneMatch(text -> text.contains(secret.substring(4)));
    }
  }

  private void await(String path, String secret, int status) throws Exception {
    long end = System.nanoTime() + TinyGateway.TIMEOUT.toNanos();
    while (send("GET", path, "", secret).statusCode() != status) {
      assertThat(System.nanoTime()).as(path).isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
