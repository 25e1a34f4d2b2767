package dev.diffstream.service.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.Quarantine;
import dev.diffstream.service.access.AccessPolicy;
import io.micronaut.context.ApplicationContext;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.runtime.server.EmbeddedServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.slf4j.LoggerFactory;

/** The beans of this package in a server that has what they need. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ServiceHttpTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private final Quarantine quarantine =
      new Quarantine(() -> Instant.EPOCH, Duration.ofSeconds(1), Duration.ofSeconds(10));
  private volatile boolean live = true;
  private volatile boolean ready = true;
  private ApplicationContext context;
  private EmbeddedServer server;

  /** A controller that fails. */
  @Controller("/fails")
  static final class Failing {
    @Get
    byte[] fail() {
      throw new DiffstreamException(ErrorCode.TASK_UNKNOWN, "no task x");
    }
  }

  /** A controller that tells who asks. */
  @Controller("/who")
  static final class Telling {
    @Get
    byte[] who(HttpRequest<?> request) {
      return RequestActor.of(request).text().getBytes(StandardCharsets.UTF_8);
    }
  }

  @BeforeAll
  void start() {
    HealthSource health = () -> Health.of(live, ready, quarantine, Map.of("tasks", 3));
    ErrorBody errors = (code, message) -> Json.write(Map.of("error", code + ": " + message));
    context =
        ApplicationContext.builder()
            .properties(ServerProperties.of("test", "127.0.0.1", 0))
            .singletons(health, errors, AccessPolicy.open())
            .start();
    server = context.getBean(EmbeddedServer.class).start();
  }

  @AfterAll
  void stop() {
    server.stop();
    context.close();
    client.close();
  }

  @Test
  void failuresHaveTheStatusOfTheirCodeAndTheServicesForm() throws Exception {
    HttpResponse<String> own = get("/fails");
    assertThat(own.statusCode()).isEqualTo(404);
    assertThat(own.headers().firstValue("diffstream-error-code")).hasValue("TASK_UNKNOWN");
    assertThat(own.body()).isEqualTo("{\"error\":\"TASK_UNKNOWN: no task x\"}");
    HttpResponse<String> frameworks = get("/nowhere");
    assertThat(frameworks.statusCode()).isEqualTo(404);
    assertThat(frameworks.body()).startsWith("{\"error\":\"INVALID_REQUEST: GET /nowhere: ");
  }

  @Test
  void everyRouteKnowsWhoAsks() throws Exception {
    assertThat(get("/who").body()).isEqualTo("anonymous");
    assertThat(as("/who", "ada@example.org").body()).isEqualTo("ada@example.org");
    assertThat(as("/who", "a".repeat(256)).body()).hasSize(256);
  }

  @Test
  void anActorOfAnotherFormIsRefusedOnEveryRoute() throws Exception {
    for (String path : new String[] {"/who", "/health", "/fails", "/nowhere"}) {
      for (String name : new String[] {"a".repeat(257), "", "a  b", "registry"}) {
        HttpResponse<String> refused = as(path, name);
        assertThat(refused.statusCode()).as(path + " " + name).isEqualTo(400);
        assertThat(refused.body()).startsWith("{\"error\":\"INVALID_REQUEST: Diffstream-Actor ");
        assertThat(refused.body()).hasSizeLessThan(500);
      }
    }
    HttpResponse<String> twice = as("/who", "ada", "bob");
    assertThat(twice.statusCode()).isEqualTo(400);
    assertThat(twice.body()).contains("must stand once");
  }

  @Test
  void theAccessLogTellsWhoAsked() throws Exception {
    Logger access = (Logger) LoggerFactory.getLogger("dev.diffstream.access");
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    access.addAppender(lines);
    access.setLevel(Level.DEBUG);
    try {
      as("/who?x=1", "ada");
      as("/nowhere", "a\tb");
    } finally {
      access.detachAppender(lines);
      access.setLevel(null);
    }
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("GET /who 200 actor=ada", "GET /nowhere 400 actor=anonymous");
  }

  private HttpResponse<String> as(String path, String... actors) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.getPort() + path);
    var request = java.net.http.HttpRequest.newBuilder(uri);
    for (String actor : actors) {
      request.header("Diffstream-Actor", actor);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void withoutADocumentThereIsNoOpenApi() throws Exception {
    assertThat(get("/openapi.yml").statusCode()).isEqualTo(404);
  }

  @Test
  void healthIsLiveReadyAndDegraded() throws Exception {
    assertStatuses(200, 200, 200);
    ready = false;
    assertStatuses(503, 200, 503);
    live = false;
    ready = true;
    assertStatuses(503, 503, 200);
    live = true;
    quarantine.add("runs/0/7", ErrorCode.MALFORMED_DIFF, "bad magic");
    assertStatuses(200, 200, 200);
    JsonNode body = Json.parse(get("/health").body().getBytes(StandardCharsets.UTF_8), "health");
    assertThat(body.path("tasks").asInt()).isEqualTo(3);
    assertThat(body.path("quarantined").asInt()).isEqualTo(1);
    JsonNode entry = body.at("/degraded/0");
    assertThat(entry.path("key").asText()).isEqualTo("runs/0/7");
    assertThat(entry.path("code").asText()).isEqualTo("MALFORMED_DIFF");
    assertThat(entry.path("reason").asText()).isEqualTo("bad magic");
    assertThat(entry.path("since").asText()).isEqualTo("1970-01-01T00:00:00Z");
    assertThat(entry.path("attempts").asInt()).isEqualTo(1);
  }

  private void assertStatuses(int health, int live, int ready) throws Exception {
    assertThat(get("/health").statusCode()).isEqualTo(health);
    assertThat(get("/health/live").statusCode()).isEqualTo(live);
    assertThat(get("/health/ready").statusCode()).isEqualTo(ready);
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.getPort() + path);
    return client.send(
        java.net.http.HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }
}
