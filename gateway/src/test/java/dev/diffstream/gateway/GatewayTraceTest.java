package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.event.Objective;
import inference.GRPCInferenceServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One trace runs from the announcement to the prediction. */
final class GatewayTraceTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final String BODY =
      "{\"inputs\":[{\"name\":\"text\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"a\"]}]}";
  private final InMemoryBackends backends = new InMemoryBackends();
  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final OpenTelemetrySdk telemetry =
      OpenTelemetrySdk.builder()
          .setTracerProvider(
              SdkTracerProvider.builder()
                  .addSpanProcessor(SimpleSpanProcessor.create(spans))
                  .build())
          .build();
  private final GatewayServer server =
      GatewayServer.start(
          InMemoryBackends.settings(), new TinyModel(), backends.store, backends.log, telemetry);
  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void stop() {
    server.close();
    telemetry.close();
    client.close();
  }

  @Test
  void aRequestWithoutATraceContinuesTheLoading() throws Exception {
    load();
    infer(null);
    SpanData loading = named("gateway.load");
    SpanData infer = named("gateway.infer");
    assertThat(loading.getTraceId()).isEqualTo(InMemoryBackends.TRACE.substring(3, 35));
    assertThat(loading.getParentSpanId()).isEqualTo(InMemoryBackends.TRACE.substring(36, 52));
    assertThat(infer.getTraceId()).isEqualTo(loading.getTraceId());
    assertThat(infer.getParentSpanId()).isEqualTo(loading.getSpanId());
  }

  @Test
  void aRequestWithATraceKeepsItAndLinksToTheLoading() throws Exception {
    load();
    infer("00-11111111111111111111111111111111-2222222222222222-01");
    SpanData loading = named("gateway.load");
    SpanData infer = named("gateway.infer");
    assertThat(infer.getTraceId()).isEqualTo("1".repeat(32));
    assertThat(infer.getParentSpanId()).isEqualTo("2".repeat(16));
    assertThat(infer.getLinks())
        .singleElement()
        .satisfies(
            link -> assertThat(link.getSpanContext().getSpanId()).isEqualTo(loading.getSpanId()));
  }

  @Test
  void aCallOverGrpcKeepsItsTraceAndActorToo() throws Exception {
    load();
    ManagedChannel channel =
        Grpc.newChannelBuilder(
                "127.0.0.1:" + server.grpcPort(), InsecureChannelCredentials.create())
            .build();
    Metadata metadata = new Metadata();
    metadata.put(key("traceparent"), "00-11111111111111111111111111111111-2222222222222222-01");
    metadata.put(key("diffstream-actor"), "ada@example.org");
    GRPCInferenceServiceGrpc.newBlockingStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
        .modelInfer(Messages.texts("reviews", "a").build());
    channel.shutdownNow();
    SpanData infer = named("gateway.infer");
    assertThat(infer.getTraceId()).isEqualTo("1".repeat(32));
    assertThat(infer.getParentSpanId()).isEqualTo("2".repeat(16));
    assertThat(infer.getAttributes().get(AttributeKey.stringKey("diffstream.actor")))
        .isEqualTo("ada@example.org");
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  @Test
  void theSpanSaysWhoAsked() throws Exception {
    load();
    infer(null);
    AttributeKey<String> actor = AttributeKey.stringKey("diffstream.actor");
    assertThat(named("gateway.infer").getAttributes().get(actor)).isEqualTo("anonymous");
    spans.reset();
    infer(null, "Diffstream-Actor", "ada@example.org");
    assertThat(named("gateway.infer").getAttributes().get(actor)).isEqualTo("ada@example.org");
  }

  @Test
  void metersStandBeforeTheFirstRequest() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/prometheus"))
            .build();
    assertThat(client.send(request, BodyHandlers.ofString()).body())
        .contains("diffstream_gateway_resident 0.0");
  }

  @Test
  void aRequestForNobodyHasASpanOfItsOwn() throws Exception {
    assertThat(infer(null).statusCode()).isIn(404, 503);
    assertThat(named("gateway.infer").getParentSpanId()).isEqualTo(SpanId.getInvalid());
  }

  private void load() throws Exception {
    backends.announce(
        "reviews", 1, TinyModel.BASE, TinyModel.diff("reviews", Objective.CLASSIFICATION, 0, 0));
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (infer(null).statusCode() != 200) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
    named("gateway.load");
    List<SpanData> before = spans.getFinishedSpanItems();
    spans.reset();
    before.stream()
        .filter(span -> span.getName().equals("gateway.load"))
        .forEach(span -> spans.export(List.of(span)));
  }

  private SpanData named(String name) {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (true) {
      List<SpanData> found =
          spans.getFinishedSpanItems().stream().filter(s -> s.getName().equals(name)).toList();
      if (!found.isEmpty()) {
        return found.getLast();
      }
      assertThat(System.nanoTime()).as("waiting for " + name).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private HttpResponse<String> infer(
      @org.jspecify.annotations.Nullable String traceparent, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.port() + "/v2/models/reviews/infer"))
            .POST(BodyPublishers.ofString(BODY));
    if (headers.length > 0) {
      request.headers(headers);
    }
    if (traceparent != null) {
      request.header("traceparent", traceparent);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }
}
