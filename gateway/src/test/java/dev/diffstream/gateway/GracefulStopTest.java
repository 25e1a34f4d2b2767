package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import dev.diffstream.schemas.event.Objective;
import inference.GRPCInferenceServiceGrpc;
import inference.ModelInferResponse;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.opentelemetry.api.OpenTelemetry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who has asked before a gateway is stopped is answered. */
@Timeout(60)
final class GracefulStopTest {
  private static final String BODY =
      "{\"inputs\":[{\"name\":\"text\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"slow\"]}]}";

  private final GatedModel model = new GatedModel();

  @Test
  void whatIsBeingAnsweredOverHttpIsAnswered() throws Exception {
    TinyGateway gateway = new TinyGateway(model);
    gateway.serve("reviews", Objective.CLASSIFICATION);
    URI uri = URI.create("http://127.0.0.1:" + gateway.port() + "/v2/models/reviews/infer");
    try (HttpClient client = HttpClient.newHttpClient()) {
      CompletableFuture<HttpResponse<String>> slow =
          client.sendAsync(
              HttpRequest.newBuilder(uri).POST(BodyPublishers.ofString(BODY)).build(),
              BodyHandlers.ofString());
      model.begun.await();
      Thread closer = closing(gateway);
      model.gate.countDown();
      assertThat(slow.join().statusCode()).isEqualTo(200);
      closer.join();
    }
    gateway.closeClients();
  }

  @Test
  void whatIsBeingAnsweredOverGrpcIsAnsweredAndNoMoreIsTaken() throws Exception {
    TinyGateway gateway = new TinyGateway(model);
    gateway.serve("reviews", Objective.CLASSIFICATION);
    Iterator<HealthCheckResponse> watched =
        HealthGrpc.newBlockingStub(gateway.channel())
            .watch(HealthCheckRequest.getDefaultInstance());
    assertThat(watched.next().getStatus()).isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
    ListenableFuture<ModelInferResponse> slow =
        GRPCInferenceServiceGrpc.newFutureStub(gateway.channel())
            .modelInfer(Messages.texts("reviews", "slow").build());
    model.begun.await();
    Thread closer = closing(gateway);
    assertThat(watched.next().getStatus()).isEqualTo(HealthCheckResponse.ServingStatus.NOT_SERVING);
    model.gate.countDown();
    assertThat(slow.get().getModelName()).isEqualTo("reviews");
    closer.join();
    assertThatThrownBy(() -> gateway.grpc().modelInfer(Messages.texts("reviews", "late").build()))
        .hasMessageContaining("UNAVAILABLE");
    gateway.closeClients();
  }

  @Test
  void beforeItStopsItSaysThatItIsNotReadyAndAnswers() throws Exception {
    GatewaySettings settings =
        InMemoryBackends.settings(
            new GatewaySettings.Listening(
                "127.0.0.1", 0, 0, GatewaySettings.NOT_SERVED, true, Duration.ofSeconds(2)));
    model.gate.countDown();
    TinyGateway gateway = new TinyGateway(settings, model, OpenTelemetry.noop());
    gateway.serve("reviews", Objective.CLASSIFICATION);
    assertThat(gateway.get("/v2/health/ready").statusCode()).isEqualTo(200);
    Thread closer = closing(gateway);
    assertThat(gateway.get("/v2/health/ready").statusCode()).isEqualTo(503);
    assertThat(gateway.get("/health/live").statusCode()).isEqualTo(200);
    assertThat(gateway.post("/v2/models/reviews/infer", BODY).statusCode()).isEqualTo(200);
    assertThat(gateway.grpc().modelInfer(Messages.texts("reviews", "late").build()).getModelName())
        .isEqualTo("reviews");
    closer.join();
    gateway.closeClients();
  }

  /** Whoever closes it, once it waits for the request. */
  private static Thread closing(TinyGateway gateway) {
    Thread closer = Thread.startVirtualThread(gateway::closeServer);
    while (closer.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    return closer;
  }
}
