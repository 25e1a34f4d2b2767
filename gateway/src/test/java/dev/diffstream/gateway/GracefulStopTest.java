package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.gateway.model.Model;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.event.Objective;
import io.opentelemetry.api.OpenTelemetry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who has asked before a gateway is stopped is answered. */
@Timeout(60)
final class GracefulStopTest {
  private static final String BODY =
      "{\"inputs\":[{\"name\":\"text\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"%s\"]}]}";

  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch gate = new CountDownLatch(1);
  private final TinyModel tiny = new TinyModel();

  /** Stops at a text that says so. */
  private final Model gated =
      new Model() {
        @Override
        public String baseName() {
          return tiny.baseName();
        }

        @Override
        public String baseDigest() {
          return tiny.baseDigest();
        }

        @Override
        public String inputDigest() {
          return tiny.inputDigest();
        }

        @Override
        public String featureKind(Objective objective) {
          return tiny.featureKind(objective);
        }

        @Override
        public PreparedDiff prepare(Diff diff) {
          return tiny.prepare(diff);
        }

        @Override
        public Answer answer(PreparedDiff prepared, Example example) {
          if (((Example.OfText) example).text().equals("slow")) {
            begun.countDown();
            try {
              gate.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }
          return tiny.answer(prepared, example);
        }

        @Override
        public float[] probe(PreparedDiff prepared, Example example) {
          return tiny.probe(prepared, example);
        }

        @Override
        public void close() {}
      };

  @Test
  void whatIsBeingAnsweredIsAnswered() throws Exception {
    InMemoryBackends backends = new InMemoryBackends();
    GatewayServer server =
        GatewayServer.start(
            InMemoryBackends.settings(), gated, backends.store, backends.log, OpenTelemetry.noop());
    backends.announce(
        "reviews", 1, TinyModel.BASE, TinyModel.diff("reviews", Objective.CLASSIFICATION, 0, 0));
    URI uri = URI.create("http://127.0.0.1:" + server.port() + "/v2/models/reviews/infer");
    try (HttpClient client = HttpClient.newHttpClient()) {
      while (client.send(ask(uri, "quick"), BodyHandlers.ofString()).statusCode() != 200) {
        Thread.onSpinWait();
      }
      CompletableFuture<HttpResponse<String>> slow =
          client.sendAsync(ask(uri, "slow"), BodyHandlers.ofString());
      begun.await();
      Thread closer = Thread.startVirtualThread(server::close);
      while (closer.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
      gate.countDown();
      assertThat(slow.join().statusCode()).isEqualTo(200);
      closer.join();
    }
  }

  private static HttpRequest ask(URI uri, String text) {
    return HttpRequest.newBuilder(uri).POST(BodyPublishers.ofString(BODY.formatted(text))).build();
  }
}
