package dev.diffstream.registry.console.trial;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.registry.console.ConsoleMode;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.access.ApiKeySecret;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.service.access.AccessPolicy;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Asks the gateway that the settings name, by the Open Inference Protocol. Thread-safe. */
@Singleton
final class GatewayCall {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_PROBLEM_CHARS = 500;

  private final @Nullable URI gateway;
  private final @Nullable String key;
  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  GatewayCall(ConsoleMode mode) {
    this.gateway = mode.gateway();
    this.key = mode.gatewayKey();
  }

  boolean isPossible() {
    return gateway != null;
  }

  /**
   * The answer of one version to one text.
   *
   * @param pair the second text of a pair
   * @throws DiffstreamException INVALID_REQUEST where no gateway is set; OVERLOADED if it does not
   *     answer, or refuses
   */
  JsonNode ask(TaskId task, long version, String text, @Nullable String pair) {
    if (gateway == null) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "no gateway is set: diffstream.registry.gateway-url names the one that the console asks");
    }
    URI address = gateway.resolve("/v2/models/%s/versions/%d/infer".formatted(task, version));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .header(ActorName.HEADER, "console")
            .POST(HttpRequest.BodyPublishers.ofByteArray(Json.write(body(text, pair))));
    if (key != null) {
      request.header(AccessPolicy.HEADER, ApiKeySecret.SCHEME + key);
    }
    try {
      HttpResponse<byte[]> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      JsonNode answer = Json.parse(response.body(), "the gateway's answer");
      if (response.statusCode() != 200) {
        throw new DiffstreamException(
            ErrorCode.OVERLOADED,
            "the gateway answers "
                + response.statusCode()
                + ": "
                + Bounded.text(answer.path("error").asText(), MAX_PROBLEM_CHARS));
      }
      return answer;
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.OVERLOADED, "the gateway at " + gateway + " does not answer: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DiffstreamException(ErrorCode.CANCELLED, "interrupted while asking " + gateway, e);
    }
  }

  private static ObjectNode body(String text, @Nullable String pair) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    ArrayNode inputs = body.putArray("inputs");
    add(inputs, "text", text);
    if (pair != null) {
      add(inputs, "text_pair", pair);
    }
    return body;
  }

  private static void add(ArrayNode inputs, String name, String value) {
    ObjectNode input = inputs.addObject();
    input.put("name", name).put("datatype", "BYTES");
    input.putArray("shape").add(1);
    input.putArray("data").add(value);
  }
}
