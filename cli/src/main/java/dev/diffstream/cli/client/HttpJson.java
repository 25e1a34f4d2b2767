package dev.diffstream.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.access.ApiKeySecret;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.ActorName;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** JSON over HTTP, with errors that say who answered what. */
public final class HttpJson {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private static final String ACTOR = ActorName.ofUser(System.getProperty("user.name", "")).text();

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final URI base;
  private final Optional<String> key;

  /** With the API key of whoever calls the command, if they have one. */
  public HttpJson(URI base) {
    this(base, ApiKeyOfCaller.find());
  }

  HttpJson(URI base, Optional<String> key) {
    this.base = base;
    this.key = key;
  }

  /** Status and body of an answer, whatever the status. */
  public record Answer(int status, JsonNode body) {}

  public JsonNode get(String path) {
    return checked("GET", path, send(request(path).GET().build()));
  }

  /** The body of an answer byte by byte, whatever it is. */
  public byte[] bytes(String path) {
    HttpRequest request = request(path).GET().build();
    HttpResponse<byte[]> response = exchange(request);
    if (response.statusCode() / 100 != 2) {
      checked("GET", path, answer(request, response));
    }
    return response.body();
  }

  public JsonNode post(String path, Object body) {
    return checked("POST", path, send(posting(path, body).build()));
  }

  /**
   * As {@link #post} for what may be asked again by the same id: once more where no answer came.
   *
   * @param requestId the header {@code Idempotency-Key}
   */
  public JsonNode postRepeatably(String path, Object body, String requestId) {
    return repeatably(path, posting(path, body), requestId);
  }

  /** As {@link #postRepeatably}. */
  public JsonNode put(String path, Object body, String requestId) {
    return repeatably(
        path,
        request(path).header("content-type", "application/json").PUT(publisher(body)),
        requestId);
  }

  private JsonNode repeatably(String path, HttpRequest.Builder builder, String requestId) {
    HttpRequest request = builder.header("idempotency-key", requestId).build();
    Answer answer;
    try {
      answer = send(request);
    } catch (DiffstreamException e) {
      if (!e.code().retryable()) {
        throw e;
      }
      answer = send(request);
    }
    return checked(request.method(), path, answer);
  }

  public JsonNode delete(String path) {
    return checked("DELETE", path, send(request(path).DELETE().build()));
  }

  private HttpRequest.Builder posting(String path, Object body) {
    return request(path).header("content-type", "application/json").POST(publisher(body));
  }

  private static HttpRequest.BodyPublisher publisher(Object body) {
    return HttpRequest.BodyPublishers.ofByteArray(Json.write(body));
  }

  /** A text as a part of a path or a query. */
  public static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** 0 when nobody answers. */
  public int status(String path) {
    try {
      return http.send(request(path).GET().build(), HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(path)).timeout(TIMEOUT).header(ActorName.HEADER, ACTOR);
    key.ifPresent(secret -> request.header("Authorization", ApiKeySecret.SCHEME + secret));
    return request;
  }

  private Answer send(HttpRequest request) {
    return answer(request, exchange(request));
  }

  private static Answer answer(HttpRequest request, HttpResponse<byte[]> response) {
    return new Answer(
        response.statusCode(), Json.parse(response.body(), "the answer of " + request.uri()));
  }

  private HttpResponse<byte[]> exchange(HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.OVERLOADED,
          base + " does not answer (" + e + "); is `diffstream standalone` running?",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DiffstreamException(
          ErrorCode.CANCELLED, "interrupted while waiting for " + base, e);
    }
  }

  private JsonNode checked(String method, String path, Answer answer) {
    if (answer.status() / 100 == 2) {
      return answer.body();
    }
    JsonNode error = answer.body().path("error");
    String message =
        error.isTextual()
            ? error.asText()
            : error.path("code").asText() + ": " + error.path("message").asText();
    for (ErrorCode code : ErrorCode.values()) {
      if (message.startsWith(code.name() + ": ")) {
        throw new DiffstreamException(code, message.substring(code.name().length() + 2));
      }
    }
    throw new DiffstreamException(
        ErrorCode.OUTCOME_UNKNOWN,
        method + " " + path + " answered " + answer.status() + ": " + message);
  }
}
