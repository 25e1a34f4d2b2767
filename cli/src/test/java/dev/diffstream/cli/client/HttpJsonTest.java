package dev.diffstream.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.diffstream.schemas.registry.ActorName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class HttpJsonTest {
  @Test
  void everyRequestSaysWhoAsks() throws Exception {
    HttpServer server = newServer();
    List<String> actors = new CopyOnWriteArrayList<>();
    server.createContext(
        "/",
        exchange -> {
          actors.add(String.valueOf(exchange.getRequestHeaders().get("Diffstream-Actor")));
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write(new byte[] {'{', '}'});
          exchange.close();
        });
    server.start();
    try {
      HttpJson http = new HttpJson(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
      http.get("/a");
      http.post("/a", Map.of());
      http.status("/a");
      assertThat(actors)
          .hasSize(3)
          .containsOnly("[" + ActorName.ofUser(System.getProperty("user.name")) + "]")
          .doesNotContain("[anonymous]");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void whatMayBeRepeatedIsAskedOnceMoreByTheSameIdWhereNoAnswerCame() throws Exception {
    HttpServer server = newServer();
    List<String> ids = new CopyOnWriteArrayList<>();
    server.createContext(
        "/",
        exchange -> {
          ids.add(String.valueOf(exchange.getRequestHeaders().getFirst("Idempotency-Key")));
          if (ids.size() > 1) {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write(new byte[] {'{', '}'});
          }
          exchange.close();
        });
    server.start();
    try {
      HttpJson http = new HttpJson(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
      assertThat(http.postRepeatably("/a", Map.of(), "k-1")).isEmpty();
      assertThat(ids).containsExactly("k-1", "k-1");
    } finally {
      server.stop(0);
    }
  }

  private static HttpServer newServer() throws IOException {
    return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }
}
