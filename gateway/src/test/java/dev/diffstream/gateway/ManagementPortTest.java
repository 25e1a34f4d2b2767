package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.event.Objective;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ManagementPortTest {
  private final InMemoryBackends backends = new InMemoryBackends();

  @Test
  void metricsStandThereAloneAndHealthAtBothPorts() throws Exception {
    int management = freePort();
    GatewaySettings settings =
        InMemoryBackends.settings(
            new GatewaySettings.Listening(
                "127.0.0.1", 0, GatewaySettings.NOT_SERVED, management, false, Duration.ZERO));
    backends.announce(
        "reviews", 1, TinyModel.BASE, TinyModel.diff("reviews", Objective.CLASSIFICATION, 0, 0));
    try (GatewayServer server =
            GatewayServer.start(
                settings, new TinyModel(), backends.store, backends.log, OpenTelemetry.noop());
        HttpClient client = HttpClient.newHttpClient()) {
      while (get(client, management, "/health/ready").statusCode() != 200) { // the timeout ends it
        Thread.onSpinWait();
      }
      assertThat(get(client, server.port(), "/health").statusCode()).isEqualTo(200);
      assertThat(get(client, management, "/prometheus").body())
          .contains("diffstream_gateway_ready 1.0");
      assertThat(get(client, server.port(), "/prometheus").statusCode()).isEqualTo(404);
      assertThat(get(client, management, "/v2/models").statusCode()).isEqualTo(404);
      assertThat(get(client, server.port(), "/").body())
          .contains("Serves 1 tasks over one copy of <code>tiny", "/v2/models/reviews")
          .doesNotContain("/prometheus");
    }
  }

  /** Whoever reaches that port is an operator's program. */
  @Test
  void noKeyIsNeededThereAndOneIsElsewhere() throws Exception {
    int management = freePort();
    GatewaySettings settings =
        InMemoryBackends.settings(
            new GatewaySettings.Listening(
                "127.0.0.1", 0, GatewaySettings.NOT_SERVED, management, false, Duration.ZERO));
    try (GatewayServer server =
            GatewayServer.start(
                settings,
                TestKeys.SETTINGS,
                List.of(new TinyModel()),
                backends.store,
                backends.log,
                OpenTelemetry.noop());
        HttpClient client = HttpClient.newHttpClient()) {
      assertThat(get(client, management, "/prometheus").statusCode()).isEqualTo(200);
      assertThat(get(client, management, "/health").body()).contains("resident");
      assertThat(get(client, server.port(), "/health").body()).doesNotContain("resident");
      assertThat(get(client, server.port(), "/v2/models").statusCode()).isEqualTo(401);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static HttpResponse<String> get(HttpClient client, int port, String path)
      throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }
}
