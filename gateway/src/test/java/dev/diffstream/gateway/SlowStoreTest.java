package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.event.Objective;
import io.opentelemetry.api.OpenTelemetry;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** A whole gateway, of which the store answers for one object only when the test lets it. */
final class SlowStoreTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final InMemoryBackends backends = new InMemoryBackends();
  private final CountDownLatch answers = new CountDownLatch(1);
  private String slow = "";

  @Test
  void oneSlowAnswerHoldsNoOtherTaskUp() throws Exception {
    slow = ObjectKeys.diff(announce("a-slow-one"));
    announce("reviews");
    try (GatewayServer server =
            GatewayServer.start(
                InMemoryBackends.settings(),
                new TinyModel(),
                store(),
                backends.log,
                OpenTelemetry.noop());
        HttpClient client = HttpClient.newHttpClient()) {
      await(client, server, "/v2/models/reviews/ready");
      announce("songs"); // and what comes later is served too
      await(client, server, "/v2/models/songs/ready");
      assertThat(status(client, server, "/v2/models/a-slow-one/ready")).isEqualTo(503);
      assertThat(status(client, server, "/v2/health/ready")).isEqualTo(503);
      answers.countDown();
      await(client, server, "/v2/models/a-slow-one/ready");
      await(client, server, "/v2/health/ready");
    }
  }

  private String announce(String task) {
    byte[] diff = TinyModel.diff(task, Objective.CLASSIFICATION, 0, 0);
    return backends.announce(task, 1, TinyModel.BASE, diff);
  }

  private static void await(HttpClient client, GatewayServer server, String path) throws Exception {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (status(client, server, path) != 200) {
      assertThat(System.nanoTime()).as(path).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private static int status(HttpClient client, GatewayServer server, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
    return client
        .send(HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(), BodyHandlers.discarding())
        .statusCode();
  }

  private ObjectStore store() {
    return (ObjectStore)
        Proxy.newProxyInstance(
            ObjectStore.class.getClassLoader(),
            new Class<?>[] {ObjectStore.class},
            (proxy, method, arguments) -> {
              if (arguments != null && slow.equals(arguments[0])) {
                answers.await();
              }
              return method.invoke(backends.store, arguments);
            });
  }
}
