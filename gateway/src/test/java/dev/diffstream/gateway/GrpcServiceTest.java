package dev.diffstream.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import inference.GRPCInferenceServiceGrpc;
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import inference.InferTensorContents;
import inference.ModelInferRequest;
import inference.ModelInferResponse;
import inference.ModelMetadataRequest;
import inference.ModelMetadataResponse;
import inference.ModelReadyRequest;
import inference.RepositoryIndexRequest;
import inference.RepositoryIndexResponse;
import inference.RepositoryModelLoadRequest;
import inference.RepositoryModelUnloadRequest;
import inference.ServerLiveRequest;
import inference.ServerMetadataRequest;
import inference.ServerMetadataResponse;
import inference.ServerReadyRequest;
import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.api.OpenTelemetry;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gRPC face beside inference: what it tells of itself and of tasks, and what it refuses. */
final class GrpcServiceTest {
  private static final TinyGateway GATEWAY = new TinyGateway();

  @BeforeAll
  static void serve() throws Exception {
    GATEWAY.serve("reviews", Objective.CLASSIFICATION);
    GATEWAY.serve("pairs", Objective.PAIR_REGRESSION);
    GATEWAY.backends.announce(
        "broken", 1, TinyModel.BASE, TinyModel.diff("broken", Objective.CLASSIFICATION, 0, 9));
    long end = System.nanoTime() + TinyGateway.TIMEOUT.toNanos();
    while (GATEWAY.backends.residency().size() < 3) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @AfterAll
  static void stop() {
    GATEWAY.close();
  }

  @Test
  void serverAndTasksTellOfThemselvesWhatRestTells() throws Exception {
    assertThat(grpc().serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
    assertThat(grpc().serverReady(ServerReadyRequest.getDefaultInstance()).getReady()).isTrue();
    ServerMetadataResponse server =
        grpc().serverMetadata(ServerMetadataRequest.getDefaultInstance());
    JsonNode rest = TinyGateway.json(GATEWAY.get("/v2"));
    assertThat(server.getName()).isEqualTo(rest.path("name").asText());
    assertThat(server.getVersion()).isEqualTo(rest.path("version").asText());
    assertThat(server.getExtensionsList()).hasSize(rest.path("extensions").size());
    for (String task : new String[] {"reviews", "pairs"}) {
      JsonNode expected = TinyGateway.json(GATEWAY.get("/v2/models/" + task));
      ModelMetadataResponse model =
          grpc().modelMetadata(ModelMetadataRequest.newBuilder().setName(task).build());
      assertThat(model.getName()).isEqualTo(task);
      assertThat(model.getVersionsList()).containsExactly("1");
      assertThat(model.getPlatform()).isEqualTo(expected.path("platform").asText());
      tensorsAreThoseOf(expected.path("inputs"), model.getInputsList());
      tensorsAreThoseOf(expected.path("outputs"), model.getOutputsList());
      assertThat(model.getParametersCount()).isEqualTo(expected.path("properties").size());
      model
          .getParametersMap()
          .forEach(
              (name, value) ->
                  assertThat(value.getStringParam())
                      .isEqualTo(expected.path("properties").path(name).asText()));
    }
  }

  private static void tensorsAreThoseOf(
      JsonNode expected, List<ModelMetadataResponse.TensorMetadata> tensors) {
    assertThat(tensors).hasSize(expected.size());
    for (int i = 0; i < tensors.size(); i++) {
      assertThat(tensors.get(i).getName()).isEqualTo(expected.get(i).path("name").asText());
      assertThat(tensors.get(i).getDatatype()).isEqualTo(expected.get(i).path("datatype").asText());
      assertThat(tensors.get(i).getShapeList().toString().replace(" ", ""))
          .isEqualTo(expected.get(i).path("shape").toString());
    }
  }

  @Test
  void readinessOfATask() {
    assertThat(ready("reviews", "")).isTrue();
    assertThat(ready("reviews", "1")).isTrue();
    assertThat(ready("broken", "")).isFalse();
    refused(() -> ready("nobody", ""), Status.Code.NOT_FOUND, "TASK_UNKNOWN: ");
    refused(() -> ready("reviews", "7"), Status.Code.NOT_FOUND, "VERSION_UNKNOWN: ");
  }

  private static boolean ready(String task, String version) {
    return grpc()
        .modelReady(ModelReadyRequest.newBuilder().setName(task).setVersion(version).build())
        .getReady();
  }

  @Test
  void theIndexIsThatOfRest() throws Exception {
    JsonNode rest = TinyGateway.json(GATEWAY.post("/v2/repository/index", ""));
    List<RepositoryIndexResponse.ModelIndex> all =
        grpc().repositoryIndex(RepositoryIndexRequest.getDefaultInstance()).getModelsList();
    assertThat(all).hasSize(rest.size()).hasSize(3);
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i).getName()).isEqualTo(rest.get(i).path("name").asText());
      assertThat(all.get(i).getVersion()).isEqualTo(rest.get(i).path("version").asText());
      assertThat(all.get(i).getState()).isEqualTo(rest.get(i).path("state").asText());
      assertThat(all.get(i).getReason()).isEqualTo(rest.get(i).path("reason").asText());
    }
    assertThat(
            grpc()
                .repositoryIndex(RepositoryIndexRequest.newBuilder().setReady(true).build())
                .getModelsList())
        .extracting(RepositoryIndexResponse.ModelIndex::getName)
        .containsExactly("pairs", "reviews");
  }

  @Test
  void extensionsThatAreNotSupportedSaySo() {
    refused(
        () -> grpc().repositoryModelLoad(RepositoryModelLoadRequest.getDefaultInstance()),
        Status.Code.UNIMPLEMENTED,
        "announcements");
    refused(
        () -> grpc().repositoryModelUnload(RepositoryModelUnloadRequest.getDefaultInstance()),
        Status.Code.UNIMPLEMENTED,
        "announcements");
  }

  @Test
  void refusalsHaveTheStatusOfTheirCode() {
    Metadata later =
        refused(() -> infer("broken"), Status.Code.FAILED_PRECONDITION, "SELF_TEST_FAILED: ");
    assertThat(GrpcFace.text(later, "diffstream-error-code")).isEqualTo("SELF_TEST_FAILED");
    assertThat(GrpcFace.text(later, "retry-after")).isEqualTo("null");
    refused(() -> infer("nobody"), Status.Code.NOT_FOUND, "TASK_UNKNOWN: ");
    refused(() -> infer("pairs"), Status.Code.INVALID_ARGUMENT, "INVALID_REQUEST: ");
    refused(
        () -> infer("\ud83d\ude9a".repeat(2000)), Status.Code.NOT_FOUND, "TASK_UNKNOWN: no task");
  }

  /** Its announcements cannot be read yet. */
  @Test
  void aGatewayThatIsStartingIsUnavailableAndSaysWhenToAskAgain() {
    EventLog away =
        (EventLog)
            Proxy.newProxyInstance(
                EventLog.class.getClassLoader(),
                new Class<?>[] {EventLog.class},
                (proxy, method, arguments) -> {
                  throw new DiffstreamException(ErrorCode.OVERLOADED, "the broker is away");
                });
    GatewayServer server =
        GatewayServer.start(
            InMemoryBackends.settings(),
            new TinyModel(),
            GATEWAY.backends.store,
            away,
            OpenTelemetry.noop());
    ManagedChannel channel =
        Grpc.newChannelBuilder(
                "127.0.0.1:" + server.grpcPort(), InsecureChannelCredentials.create())
            .build();
    try {
      Metadata trailers =
          refused(
              () ->
                  GRPCInferenceServiceGrpc.newBlockingStub(channel)
                      .modelInfer(Messages.texts("reviews", "a").build()),
              Status.Code.UNAVAILABLE,
              "NOT_READY: ");
      assertThat(GrpcFace.text(trailers, "retry-after")).isEqualTo("1");
      assertThat(GrpcFace.text(trailers, "grpc-retry-pushback-ms")).isEqualTo("1000");
    } finally {
      channel.shutdownNow();
      server.close();
    }
  }

  @Test
  void healthIsReadinessOfTheServerAndOfTheService() {
    HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(GATEWAY.channel());
    for (String service : new String[] {"", GRPCInferenceServiceGrpc.SERVICE_NAME}) {
      HealthCheckRequest request = HealthCheckRequest.newBuilder().setService(service).build();
      assertThat(health.check(request).getStatus()).isEqualTo(ServingStatus.SERVING);
      assertThat(health.watch(request).next().getStatus()).isEqualTo(ServingStatus.SERVING);
    }
    HealthCheckRequest other = HealthCheckRequest.newBuilder().setService("other").build();
    refused(() -> health.check(other), Status.Code.NOT_FOUND, "inference.GRPCInferenceService");
    assertThat(health.watch(other).next().getStatus()).isEqualTo(ServingStatus.SERVICE_UNKNOWN);
  }

  @Test
  void reflectionListsTheServicesAndDescribesThem() throws Exception {
    ServerReflectionResponse listed =
        reflect(ServerReflectionRequest.newBuilder().setListServices("").build());
    assertThat(listed.getListServicesResponse().getServiceList())
        .extracting(ServiceResponse::getName)
        .contains("inference.GRPCInferenceService", "grpc.health.v1.Health");
    ServerReflectionResponse described =
        reflect(
            ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol("inference.GRPCInferenceService")
                .build());
    assertThat(described.getFileDescriptorResponse().getFileDescriptorProtoList()).isNotEmpty();
  }

  private static ServerReflectionResponse reflect(ServerReflectionRequest request)
      throws Exception {
    CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> requests =
        ServerReflectionGrpc.newStub(GATEWAY.channel())
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse response) {
                    answer.complete(response);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answer.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(request);
    requests.onCompleted();
    return answer.get(30, java.util.concurrent.TimeUnit.SECONDS);
  }

  @Test
  void anActorsNameOfAnotherFormIsRefused() {
    assertThat(infer(with("diffstream-actor", "ada@example.org"), "reviews").getModelName())
        .isEqualTo("reviews");
    for (String name : new String[] {"registry", "", "two  spaces"}) {
      refused(
          () -> infer(with("diffstream-actor", name), "reviews"),
          Status.Code.INVALID_ARGUMENT,
          "INVALID_REQUEST: Diffstream-Actor");
    }
    Metadata twice = new Metadata();
    Metadata.Key<String> actor =
        Metadata.Key.of("diffstream-actor", Metadata.ASCII_STRING_MARSHALLER);
    twice.put(actor, "ada");
    twice.put(actor, "bob");
    refused(
        () ->
            infer(
                grpc().withInterceptors(MetadataUtils.newAttachHeadersInterceptor(twice)),
                "reviews"),
        Status.Code.INVALID_ARGUMENT,
        "once");
  }

  @Test
  void aMessageAboveTheLimitIsRefusedAndTheNextIsAnswered() {
    refused(
        () -> infer(grpc(), "reviews", "x".repeat(200_000)),
        Status.Code.RESOURCE_EXHAUSTED,
        "100000");
    refused(
        () -> infer(grpc().withCompression("gzip"), "reviews", "x".repeat(200_000)),
        Status.Code.RESOURCE_EXHAUSTED,
        "100000");
    assertThat(infer("reviews").getModelName()).isEqualTo("reviews");
    assertThat(infer(grpc().withCompression("gzip"), "reviews").getModelName())
        .isEqualTo("reviews");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "\0", "\n\177", "\n\2\377\376"})
  void whatIsNoMessageIsAnInvalidRequest(String bytes) {
    refused(
        () -> raw(GATEWAY, bytes.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)),
        Status.Code.INVALID_ARGUMENT,
        "INVALID_REQUEST: inference.GRPCInferenceService/ModelInfer: ");
  }

  /** Sends bytes in place of a message. */
  static ModelInferResponse raw(TinyGateway gateway, byte[] bytes) {
    MethodDescriptor<byte[], ModelInferResponse> method =
        GRPCInferenceServiceGrpc.getModelInferMethod().toBuilder(
                new MethodDescriptor.Marshaller<byte[]>() {
                  @Override
                  public java.io.InputStream stream(byte[] value) {
                    return new java.io.ByteArrayInputStream(value);
                  }

                  @Override
                  public byte[] parse(java.io.InputStream stream) {
                    throw new UnsupportedOperationException();
                  }
                },
                GRPCInferenceServiceGrpc.getModelInferMethod().getResponseMarshaller())
            .build();
    return ClientCalls.blockingUnaryCall(
        gateway.channel(),
        method,
        CallOptions.DEFAULT.withDeadlineAfter(
            TinyGateway.TIMEOUT.toSeconds(), java.util.concurrent.TimeUnit.SECONDS),
        bytes);
  }

  @Test
  void contentsOfTwoFormsAreRefusedAndTheInputIsNamed() {
    ModelInferRequest.Builder request = Messages.texts("reviews", "good");
    ModelInferRequest both =
        request
            .clone()
            .addRawInputContents(com.google.protobuf.ByteString.copyFrom("x", UTF_8))
            .build();
    refused(() -> grpc().modelInfer(both), Status.Code.INVALID_ARGUMENT, "input \"text\"");
    ModelInferRequest more =
        ModelInferRequest.newBuilder(both)
            .addRawInputContents(com.google.protobuf.ByteString.EMPTY)
            .build();
    refused(() -> grpc().modelInfer(more), Status.Code.INVALID_ARGUMENT, "raw_input_contents");
    request
        .getInputsBuilder(0)
        .setContents(InferTensorContents.newBuilder().addIntContents(1).build());
    refused(() -> grpc().modelInfer(request.build()), Status.Code.INVALID_ARGUMENT, "int_contents");
    request
        .getInputsBuilder(0)
        .setContents(
            InferTensorContents.newBuilder()
                .addBytesContents(com.google.protobuf.ByteString.copyFrom(new byte[] {-1})));
    refused(() -> grpc().modelInfer(request.build()), Status.Code.INVALID_ARGUMENT, "UTF-8");
  }

  @Test
  void theProtocolStandsInTheMeters() throws Exception {
    infer("reviews");
    assertThat(TinyGateway.text(GATEWAY.get("/prometheus")))
        .contains(
            "diffstream_gateway_requests_seconds_count{code=\"OK\",protocol=\"grpc\",task=\"reviews\"}");
  }

  private static GRPCInferenceServiceBlockingStub grpc() {
    return GATEWAY.grpc();
  }

  private static GRPCInferenceServiceBlockingStub with(String name, String value) {
    Metadata metadata = new Metadata();
    metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    return grpc().withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
  }

  private static ModelInferResponse infer(String task) {
    return infer(grpc(), task);
  }

  private static ModelInferResponse infer(GRPCInferenceServiceBlockingStub stub, String task) {
    return infer(stub, task, "good");
  }

  private static ModelInferResponse infer(
      GRPCInferenceServiceBlockingStub stub, String task, String text) {
    return stub.modelInfer(Messages.texts(task, text).build());
  }

  /** A call that is refused; the trailing metadata. */
  private static Metadata refused(Runnable call, Status.Code code, String message) {
    try {
      call.run();
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).as(e.toString()).isEqualTo(code);
      assertThat(e.getStatus().getDescription()).contains(message);
      return e.getTrailers() == null ? new Metadata() : e.getTrailers();
    }
    throw new AssertionError("answered, expected " + code);
  }
}
