package dev.diffstream.cli.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every answer is compared: a gateway that is wrong in one way is counted so. */
class ClientsTest {
  private static final String OWN = "a".repeat(64);
  private static final String OTHER = "b".repeat(64);

  private HttpServer server;

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v2/models/right/infer", e -> answer(e, 200, body(OWN, "0.25,0.75")));
    server.createContext(
        "/v2/models/near/infer", e -> answer(e, 200, body(OWN, "0.25008,0.74992")));
    server.createContext("/v2/models/far/infer", e -> answer(e, 200, body(OWN, "0.2502,0.7498")));
    server.createContext("/v2/models/short/infer", e -> answer(e, 200, body(OWN, "0.25")));
    server.createContext("/v2/models/other/infer", e -> answer(e, 200, body(OTHER, "0.25,0.75")));
    server.createContext("/v2/models/text/infer", e -> answer(e, 200, "no JSON"));
    server.createContext(
        "/v2/models/busy/infer", e -> answer(e, 503, "{\"error\":\"OVERLOADED\"}"));
    server.createContext("/v2/models/hangup/infer", HttpExchange::close);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void rightAnswersAreCountedWithTheirTimes() throws InterruptedException {
    for (String task : List.of("right", "near")) {
      PhaseResult result = ask(task);
      assertThat(result.answered()).as(task).isPositive().isEqualTo(result.micros().length);
      assertThat(result.texts()).containsExactly(result.answered());
      assertThat(result.wrong()).as(result.firstFault()).isZero();
      assertThat(result.lost()).as(result.firstFault()).isZero();
      assertThat(result.p99Millis()).isPositive();
    }
  }

  @Test
  void wrongAnswersAreCountedAsWrong() throws InterruptedException {
    for (String task : List.of("far", "short", "other", "text")) {
      PhaseResult result = ask(task);
      assertThat(result.wrong()).as(task).isPositive();
      assertThat(result.answered()).isZero();
      assertThat(result.lost()).isZero();
      assertThat(result.firstFault()).contains(task);
    }
  }

  @Test
  void questionsWithoutAnAnswerAreLost() throws InterruptedException {
    for (String task : List.of("busy", "hangup")) {
      PhaseResult result = ask(task);
      assertThat(result.lost()).as(task).isPositive();
      assertThat(result.answered() + result.wrong()).isZero();
    }
  }

  @Test
  void aLoneClientsTimesAreItsOwnAndFaultsAreOfAll() throws InterruptedException {
    try (Clients clients = new Clients(plan("busy", "right"))) {
      PhaseResult quiet = clients.alone(0, Duration.ofMillis(50));
      assertThat(quiet.answered()).isPositive().isEqualTo(quiet.micros().length);
      assertThat(quiet.lost()).isZero();
      PhaseResult flooded = clients.alone(3, Duration.ofMillis(50));
      assertThat(flooded.answered()).isPositive().isEqualTo(flooded.micros().length);
      assertThat(flooded.lost()).isPositive();
      assertThat(flooded.firstFault()).contains("busy");
    }
  }

  @Test
  void aPercentileIsOneOfTheTimes() {
    int[] micros = {1000, 2000, 3000, 4000};
    assertThat(PhaseResult.percentile(micros, 0.5)).isEqualTo(2);
    assertThat(PhaseResult.percentile(micros, 0.51)).isEqualTo(3);
    assertThat(PhaseResult.percentile(micros, 0.99)).isEqualTo(4);
    assertThat(PhaseResult.percentile(new int[0], 0.99)).isNaN();
  }

  private PhaseResult ask(String task) throws InterruptedException {
    try (Clients clients = new Clients(plan(task))) {
      return clients.ask(1, Duration.ofMillis(50));
    }
  }

  private LoadPlan plan(String... tasks) {
    return new LoadPlan(
        "http://127.0.0.1:" + server.getAddress().getPort(),
        2,
        List.of("a text"),
        1e-4,
        Stream.of(tasks)
            .map(task -> new LoadPlan.Task(task, Map.of(OWN, List.of(List.of(0.25, 0.75)))))
            .toList());
  }

  private static String body(String digest, String scores) {
    return """
        {"parameters":{"digest":"%s"},"outputs":[{"name":"label","data":["x"]},{"name":"scores","data":[%s]}]}"""
        .formatted(digest, scores);
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getRequestBody().readAllBytes();
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
