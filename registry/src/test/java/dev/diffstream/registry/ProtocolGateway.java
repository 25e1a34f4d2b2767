package dev.diffstream.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;

/**
 * The other side of the Open Inference Protocol: version 1 of any task answers no, every other one
 * yes, and the text "broken" is refused.
 */
final class ProtocolGateway implements AutoCloseable {
  static final String DIGEST = "ab".repeat(32);

  private final HttpServer server;

  ProtocolGateway() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/v2/models/", this::answer);
    server.start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private void answer(HttpExchange exchange) throws IOException {
    JsonNode request = Json.parse(exchange.getRequestBody().readAllBytes(), "the request");
    boolean broken = request.at("/inputs/0/data/0").asText().equals("broken");
    boolean no = exchange.getRequestURI().getPath().contains("/versions/1/");
    String body =
        broken
            ? "{\"error\":\"OVERLOADED: <b>too much</b>\"}"
            : """
              {"outputs":[{"name":"label","datatype":"BYTES","shape":[1],"data":["%s"]},
              {"name":"scores","datatype":"FP32","shape":[1,2],"data":[%s]}],
              "parameters":{"digest":"%s","labels":["no","yes"]}}"""
                .formatted(no ? "no" : "yes", no ? "0.75,0.25" : "0.25,0.75", DIGEST);
    byte[] bytes = body.getBytes(UTF_8);
    exchange.sendResponseHeaders(broken ? 503 : 200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
