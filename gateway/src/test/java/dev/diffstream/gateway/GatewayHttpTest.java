package dev.diffstream.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.json.Json;
import io.opentelemetry.api.OpenTelemetry;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The Open Inference Protocol over real HTTP, with a small model. */
final class GatewayHttpTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final String TEXTS =
      "{\"id\":\"7\",\"new\":{\"x\":1},\"inputs\":[{\"name\":\"text\",\"shape\":[2],"
          + "\"datatype\":\"BYTES\",\"data\":[\"good\",\"bad\"]}]}";
  private static final InMemoryBackends BACKENDS = new InMemoryBackends();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static String digest = "";
  private static GatewayServer server =
      GatewayServer.start(
          InMemoryBackends.settings(),
          new TinyModel(),
          BACKENDS.store,
          BACKENDS.log,
          OpenTelemetry.noop());

  @BeforeAll
  static void load() throws Exception {
    String base = TinyModel.BASE;
    byte[] reviews = TinyModel.diff("reviews", Objective.CLASSIFICATION, 0, 0);
    digest = BACKENDS.announce("reviews", 3, base, reviews);
    BACKENDS.announce("pairs", 1, base, TinyModel.diff("pairs", Objective.PAIR_REGRESSION, 0, 0));
    BACKENDS.announce("broken", 1, base, TinyModel.diff("broken", Objective.CLASSIFICATION, 0, 9));
    BACKENDS.announce(
        "slots", 1, base, TinyModel.diff("slots", Objective.TOKEN_CLASSIFICATION, 0, 0));
    BACKENDS.announce("topics", 1, base, TinyModel.diff("topics", Objective.MULTI_LABEL, 0, 0));
    BACKENDS.announce("domain", 1, base, TinyModel.diff("domain", Objective.MASKED_LM, 0, 0));
    BACKENDS.announce("elsewhere", 1, Sha256.of("another base"), digest);
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (get("/v2/models").body().equals("{\"models\":[]}")
        || get("/health").statusCode() != 200
        || BACKENDS.residency().size() < 6) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @AfterAll
  static void stop() {
    server.close();
    CLIENT.close();
  }

  @Test
  void healthAndMetadata() throws Exception {
    assertThat(get("/v2/health/live").body()).isEqualTo("{\"live\":true}");
    assertThat(get("/v2/health/ready").body())
        .isEqualTo("{\"ready\":true,\"live\":true,\"degraded\":1}");
    assertThat(json(get("/v2")).path("name").asText()).isEqualTo("diffstream");
    assertThat(json(get("/v2/")).path("extensions")).isNotEmpty();
    assertThat(get("/v2/models").body())
        .isEqualTo("{\"models\":[\"domain\",\"pairs\",\"reviews\",\"slots\",\"topics\"]}");
    JsonNode model = json(get("/v2/models/reviews"));
    assertThat(model.at("/versions/0").asText()).isEqualTo("3");
    assertThat(model.at("/inputs/0/name").asText()).isEqualTo("text");
    assertThat(model.at("/outputs/1/shape/1").asInt()).isEqualTo(2);
    assertThat(model.at("/properties/digest").asText()).isEqualTo(digest);
    assertThat(model.at("/properties/labels").asText()).isEqualTo("[\"no\",\"yes\"]");
    assertThat(json(get("/v2/models/pairs/versions/1")).path("inputs")).hasSize(2);
    assertThat(get("/v2/models/reviews/ready").statusCode()).isEqualTo(200);
    assertThat(get("/v2/models/reviews/versions/3/ready").statusCode()).isEqualTo(200);
  }

  @Test
  void inferenceNamesWhatAnswered() throws Exception {
    HttpResponse<String> response = post("/v2/models/reviews/infer", TEXTS);
    JsonNode answer = json(response);
    assertThat(answer.path("model_name").asText()).isEqualTo("reviews");
    assertThat(answer.path("model_version").asText()).isEqualTo("3");
    assertThat(answer.path("id").asText()).isEqualTo("7");
    assertThat(answer.at("/parameters/digest").asText()).isEqualTo(digest);
    assertThat(answer.at("/parameters/base_digest").asText()).isEqualTo(TinyModel.BASE);
    assertThat(answer.at("/outputs/0/name").asText()).isEqualTo("label");
    assertThat(answer.at("/outputs/0/data")).hasSize(2);
    assertThat(answer.at("/outputs/1/shape").toString()).isEqualTo("[2,2]");
    double sum =
        answer.at("/outputs/1/data/0").asDouble() + answer.at("/outputs/1/data/1").asDouble();
    assertThat(sum).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-6));
    assertThat(response.headers().firstValue("diffstream-version")).hasValue("3");
    assertThat(response.headers().firstValue("diffstream-digest")).hasValue(digest);
    assertThat(post("/v2/models/reviews/versions/3/infer", TEXTS).body())
        .isEqualTo(response.body());
  }

  @Test
  void otherObjectivesAnswerInTheirOwnForms() throws Exception {
    JsonNode topics = json(post("/v2/models/topics/infer", TEXTS));
    assertThat(topics.at("/outputs/0/name").asText()).isEqualTo("labels");
    assertThat(topics.at("/outputs/0/data/0").asText()).startsWith("[").endsWith("]");
    assertThat(topics.at("/outputs/1/shape").toString()).isEqualTo("[2,2]");
    JsonNode slots = json(post("/v2/models/slots/infer", TEXTS));
    assertThat(slots.at("/outputs/0/name").asText()).isEqualTo("entities");
    assertThat(slots.at("/outputs/1/name").asText()).isEqualTo("tags");
    assertThat(slots.at("/outputs/1/data")).hasSize(2);
    assertThat(slots.at("/parameters/labels").toString()).isEqualTo("[\"B-x\",\"I-x\",\"O\"]");
    JsonNode domain = json(post("/v2/models/domain/infer", TEXTS));
    assertThat(domain.at("/outputs/0/data/1").asText()).contains("\"token\":\"cat\"");
    assertThat(json(get("/v2/models/domain")).at("/outputs/0/name").asText()).isEqualTo("fills");
    String only = TEXTS.replace("\"inputs\"", "\"outputs\":[{\"name\":\"tags\"}],\"inputs\"");
    assertThat(json(post("/v2/models/slots/infer", only)).path("outputs")).hasSize(1);
    error(post("/v2/models/topics/infer", only), 400, "INVALID_REQUEST");
  }

  @Test
  void anyContentTypeAndShape() throws Exception {
    String expected = post("/v2/models/reviews/infer", TEXTS).body();
    for (String type :
        new String[] {
          "application/json", "application/octet-stream", "text/plain",
          "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"
        }) {
      HttpResponse<String> response =
          send(
              request("/v2/models/reviews/infer").header("Content-Type", type),
              TEXTS.getBytes(UTF_8));
      assertThat(response.body()).as(type).isEqualTo(expected);
    }
    String column =
        TEXTS.replace("[2]", "[2,1]").replace("[\"good\",\"bad\"]", "[[\"good\"],[\"bad\"]]");
    assertThat(post("/v2/models/reviews/infer", column).body()).isEqualTo(expected);
  }

  @Test
  void binaryTensorsAndCompressedBodies() throws Exception {
    String expected = post("/v2/models/reviews/infer", TEXTS).body();
    String head =
        "{\"id\":\"7\",\"inputs\":[{\"name\":\"text\",\"shape\":[2],\"datatype\":\"BYTES\","
            + "\"parameters\":{\"binary_data_size\":15}}],\"outputs\":[{\"name\":\"label\","
            + "\"parameters\":{\"binary_data\":false}},{\"name\":\"scores\"}]}";
    ByteBuffer body =
        ByteBuffer.allocate(head.length() + 15)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(head.getBytes(UTF_8));
    body.putInt(4).put("good".getBytes(UTF_8)).putInt(3).put("bad".getBytes(UTF_8));
    HttpRequest.Builder binary =
        request("/v2/models/reviews/infer")
            .header("Inference-Header-Content-Length", Integer.toString(head.length()));
    assertThat(send(binary, body.array()).body()).isEqualTo(expected);
    error(
        send(binary, java.util.Arrays.copyOf(body.array(), body.capacity() - 1)),
        400,
        "INVALID_REQUEST");
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
      out.write(TEXTS.getBytes(UTF_8));
    }
    ByteArrayOutputStream deflate = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(deflate)) {
      out.write(TEXTS.getBytes(UTF_8));
    }
    HttpRequest.Builder plain = request("/v2/models/reviews/infer");
    assertThat(send(plain.copy().header("Content-Encoding", "gzip"), gzip.toByteArray()).body())
        .isEqualTo(expected);
    assertThat(
            send(plain.copy().header("Content-Encoding", "deflate"), deflate.toByteArray()).body())
        .isEqualTo(expected);
  }

  @Test
  void textsMayBeInBase64() throws Exception {
    String expected = post("/v2/models/reviews/infer", TEXTS).body();
    String coded = TEXTS.replace("\"good\",\"bad\"", "\"Z29vZA==\",\"YmFk\"");
    String atInput =
        coded.replace("\"shape\"", "\"parameters\":{\"content_type\":\"base64\"},\"shape\"");
    String atRequest =
        coded.replace("\"inputs\"", "\"parameters\":{\"content_type\":\"base64\"},\"inputs\"");
    assertThat(post("/v2/models/reviews/infer", atInput).body()).isEqualTo(expected);
    assertThat(post("/v2/models/reviews/infer", atRequest).body()).isEqualTo(expected);
    assertThat(
            post(
                    "/v2/models/reviews/infer",
                    TEXTS.replace(
                        "\"shape\"", "\"parameters\":{\"content_type\":\"str\"},\"shape\""))
                .body())
        .isEqualTo(expected);
    error(
        post("/v2/models/reviews/infer", atInput.replace("Z29vZA==", "good!")),
        400,
        "INVALID_REQUEST");
    error(
        post("/v2/models/reviews/infer", atInput.replace("base64", "np")), 400, "INVALID_REQUEST");
  }

  @Test
  void halfASurrogatePairIsNoText() throws Exception {
    String half = TEXTS.replace("good", "late \\ud83d to Eastport");
    HttpResponse<String> answer = post("/v2/models/slots/infer", half);
    error(answer, 400, "INVALID_REQUEST");
    assertThat(answer.body()).contains("at 5");
    assertThat(post("/v2/models/slots/infer", TEXTS.replace("good", "\\ud83d\\ude9a")).statusCode())
        .isEqualTo(200);
  }

  @Test
  void idsAcceptHeadersEncodingsAndClassCounts() throws Exception {
    String expected = post("/v2/models/reviews/infer", TEXTS).body();
    assertThat(
            json(post("/v2/models/reviews/infer", TEXTS.replace("\"7\"", "42")))
                .path("id")
                .asText())
        .isEqualTo("42");
    error(post("/v2/models/reviews/infer", TEXTS.replace("\"7\"", "[7]")), 400, "INVALID_REQUEST");
    for (String accept :
        new String[] {"application/octet-stream", "*/*", "application/json;charset=UTF-8"}) {
      HttpResponse<String> response =
          send(request("/v2/models/reviews/infer").header("Accept", accept), TEXTS.getBytes(UTF_8));
      assertThat(response.body()).as(accept).isEqualTo(expected);
      assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
    }
    HttpRequest.Builder unknown =
        request("/v2/models/reviews/infer").header("Content-Encoding", "zz");
    error(send(unknown, TEXTS.getBytes(UTF_8)), 400, "INVALID_REQUEST");
    error(
        post(
            "/v2/models/reviews/infer",
            TEXTS.replace(
                "\"inputs\"",
                "\"outputs\":[{\"name\":\"scores\",\"parameters\":{\"classification\":2}}],\"inputs\"")),
        400,
        "INVALID_REQUEST");
    for (String version : new String[] {"1p0", "03", "-1", "latest", "99999999999999999999"}) {
      error(
          post("/v2/models/reviews/versions/" + version + "/infer", TEXTS), 404, "VERSION_UNKNOWN");
    }
  }

  @Test
  void everyFailureHasTheSameForm() throws Exception {
    error(post("/v2/models/nobody/infer", TEXTS), 404, "TASK_UNKNOWN");
    error(post("/v2/models/reviews/versions/2/infer", TEXTS), 404, "VERSION_UNKNOWN");
    error(post("/v2/models/broken/infer", TEXTS), 500, "SELF_TEST_FAILED");
    error(post("/v2/models/elsewhere/infer", TEXTS), 422, "BASE_MISMATCH");
    error(get("/v2/models/broken/ready"), 503, "NOT_READY");
    error(get("/v2/models/nobody/ready"), 404, "TASK_UNKNOWN");
    error(get("/v2/models/nobody"), 404, "TASK_UNKNOWN");
    error(post("/v2/models/reviews/infer", "{"), 400, "INVALID_REQUEST");
    error(post("/v2/models/reviews/infer", ""), 400, "INVALID_REQUEST");
    error(post("/v2/models/reviews/infer", "[]"), 400, "INVALID_REQUEST");
    error(post("/v2/models/reviews/infer", TEXTS.replace("[2]", "[3]")), 400, "INVALID_REQUEST");
    error(post("/v2/models/reviews/infer", TEXTS.replace("BYTES", "FP32")), 400, "INVALID_REQUEST");
    error(
        post("/v2/models/reviews/infer", TEXTS.replace("\"text\"", "\"x\"")),
        400,
        "INVALID_REQUEST");
    error(post("/v2/models/reviews/infer", TEXTS.replace("\"good\"", "1")), 400, "INVALID_REQUEST");
    error(post("/v2/models/pairs/infer", TEXTS), 400, "INVALID_REQUEST");
    String many = TEXTS.replace("[2]", "[5]").replace("\"bad\"", "\"b\",\"b\",\"b\",\"b\"");
    error(post("/v2/models/reviews/infer", many), 400, "INVALID_REQUEST");
    error(post("/v2/repository/index", "{"), 400, "INVALID_REQUEST");
    error(get("/nowhere"), 404, "INVALID_REQUEST");
    error(get("/v2/models/reviews/infer"), 405, "INVALID_REQUEST");
    error(post("/v2/models", "{}"), 405, "INVALID_REQUEST");
    error(post("/v2/models/reviews/infer", " ".repeat(200_000)), 413, "INVALID_REQUEST");
    HttpRequest.Builder wrongLength =
        request("/v2/models/reviews/infer").header("Inference-Header-Content-Length", "many");
    error(send(wrongLength, TEXTS.getBytes(UTF_8)), 400, "INVALID_REQUEST");
    HttpRequest.Builder noGzip =
        request("/v2/models/reviews/infer").header("Content-Encoding", "gzip");
    HttpResponse<String> broken = send(noGzip, TEXTS.getBytes(UTF_8));
    assertThat(broken.statusCode()).isBetween(400, 499);
    assertThat(broken.body()).startsWith("{\"error\":\"INVALID_REQUEST: ");
    HttpResponse<String> asBrowser =
        CLIENT.send(
            request("/nowhere").header("Accept", "text/html").build(), BodyHandlers.ofString());
    error(asBrowser, 404, "INVALID_REQUEST");
  }

  @Test
  void aDecompressedBodyIsBoundedToo() throws Exception {
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
      out.write(" ".repeat(10_000_000).getBytes(UTF_8));
    }
    HttpRequest.Builder bomb =
        request("/v2/models/reviews/infer").header("Content-Encoding", "gzip");
    HttpResponse<String> response = send(bomb, gzip.toByteArray());
    assertThat(response.statusCode()).isIn(400, 413);
    assertThat(response.body()).startsWith("{\"error\":\"INVALID_REQUEST: ");
  }

  @Test
  void pairsAndRepositoryIndex() throws Exception {
    String pair =
        "{\"inputs\":[{\"name\":\"text\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"a\"]},"
            + "{\"name\":\"text_pair\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"b\"]}]}";
    JsonNode answer = json(post("/v2/models/pairs/infer", pair));
    assertThat(answer.at("/outputs/0/name").asText()).isEqualTo("score");
    assertThat(answer.has("id")).isFalse();
    error(post("/v2/models/reviews/infer", pair), 400, "INVALID_REQUEST");
    JsonNode index = json(post("/v2/repository/index", ""));
    assertThat(index).hasSize(7);
    assertThat(index.at("/0/state").asText()).isEqualTo("UNAVAILABLE");
    assertThat(json(post("/v2/repository/index", "{\"ready\":true}"))).hasSize(5);
  }

  @Test
  void metricsAndOpenApi() throws Exception {
    post("/v2/models/reviews/infer", TEXTS);
    assertThat(get("/prometheus").body())
        .contains(
            "diffstream_gateway_requests_seconds_count{code=\"OK\",protocol=\"http\",task=\"reviews\"}")
        .contains("diffstream_gateway_resident 5.0");
    String document = get("/openapi.yml").body();
    assertThat(document).contains("/v2/models/{model}/infer:");
    assertThat(document.split("name: Diffstream-Actor"))
        .as("every operation takes the actor")
        .hasSameSizeAs(document.split("operationId: "));
  }

  private static void error(HttpResponse<String> response, int status, String code) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.body()).startsWith("{\"error\":\"" + code + ": ");
    assertThat(response.headers().firstValue("diffstream-error-code")).hasValue(code);
  }

  private static JsonNode json(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Json.parse(response.body().getBytes(UTF_8), "answer");
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return CLIENT.send(request(path).build(), BodyHandlers.ofString());
  }

  private static HttpResponse<String> post(String path, String body) throws Exception {
    return send(request(path), body.getBytes(UTF_8));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request, byte[] body)
      throws Exception {
    return CLIENT.send(
        request.POST(BodyPublishers.ofByteArray(body)).build(), BodyHandlers.ofString());
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
        .timeout(TIMEOUT);
  }
}
