package dev.diffstream.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.diffstream.base.Base;
import dev.diffstream.base.BaseSource;
import dev.diffstream.base.Parameter;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.Diff;
import dev.diffstream.schemas.diff.Diff.DenseHead;
import dev.diffstream.schemas.diff.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.Diff.SparseTensor;
import dev.diffstream.schemas.diff.DiffMetadata;
import dev.diffstream.schemas.diff.DiffWriter;
import dev.diffstream.schemas.diff.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import io.opentelemetry.api.OpenTelemetry;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A base that takes images is asked by FP32 tensors, in JSON or raw. */
final class ImageBaseTest {
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final int VALUES = 256;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final World WORLD = new World();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final OverlaidBase MODEL = new OverlaidBase(base());
  private static final GatewayServer server =
      GatewayServer.start(World.settings(), MODEL, WORLD.store, WORLD.log, OpenTelemetry.noop());

  @BeforeAll
  static void load() {
    try (OverlaidBase author = new OverlaidBase(base())) {
      WORLD.announce("good", 1, author.baseDigest(), diff(author, "good", 0));
      WORLD.announce("broken", 1, author.baseDigest(), diff(author, "broken", 1));
    }
    long end = System.nanoTime() + LONGEST.toNanos();
    while (WORLD.residency().size() < 2) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @AfterAll
  static void stop() {
    server.close();
    CLIENT.close();
    MODEL.close();
  }

  @Test
  void metadataNamesTheInput() throws Exception {
    JsonNode model = json(get("/v2/models/good"));
    assertThat(model.path("inputs"))
        .hasToString("[{\"name\":\"image\",\"datatype\":\"FP32\",\"shape\":[-1,1,16,16]}]");
  }

  @Test
  void aDiffWithOtherProbeAnswersIsNotServed() throws Exception {
    assertThat(get("/v2/models/broken").statusCode()).isNotEqualTo(200);
    assertThat(WORLD.residency())
        .anySatisfy(r -> assertThat(r.toString()).contains("SELF_TEST_FAILED"));
  }

  @Test
  void jsonAndRawTensorsGiveOneAnswer() throws Exception {
    float[] images = images(2);
    JsonNode fromJson =
        json(post("/v2/models/good/infer", body("image", "FP32", "[2,1,16,16]", images)));
    assertThat(fromJson.at("/outputs/0/shape/0").asInt()).as(fromJson.toString()).isEqualTo(2);
    assertThat(fromJson.at("/outputs/1/data")).hasSize(4);
    String head =
        "{\"inputs\":[{\"name\":\"image\",\"datatype\":\"FP32\",\"shape\":[2,1,16,16],"
            + "\"parameters\":{\"binary_data_size\":2048}}]}";
    ByteBuffer raw = ByteBuffer.allocate(2048).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(images);
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(head.getBytes(UTF_8));
    both.writeBytes(raw.array());
    HttpRequest request =
        HttpRequest.newBuilder(uri("/v2/models/good/infer"))
            .header(BinaryTensors.HEADER, Integer.toString(head.length()))
            .POST(BodyPublishers.ofByteArray(both.toByteArray()))
            .build();
    JsonNode fromRaw = json(CLIENT.send(request, BodyHandlers.ofString()));
    assertThat(fromRaw.path("outputs")).isEqualTo(fromJson.path("outputs"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "image|FP32|[1,16,16]|must have shape [n] and then [1, 16, 16], got: [1,16,16]",
        "image|FP32|[1,1,16,15]|must have shape [n] and then [1, 16, 16], got: [1,1,16,15]",
        "image|FP32|[2,1,16,16]|expected 512 elements, got 256",
        "image|FP64|[1,1,16,16]|must have datatype FP32",
        "picture|FP32|[1,1,16,16]|inputs are [image], got",
        "text|BYTES|[1]|inputs are [image], got",
        "image|FP32|[100000,1,16,16]|a request holds 1 to",
      })
  void aWrongTensorIsNamed(String name, String type, String shape, String message)
      throws Exception {
    HttpResponse<String> answer = post("/v2/models/good/infer", body(name, type, shape, images(1)));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer).path("error").asText()).contains(message);
  }

  @Test
  void itTakesNoDiffOverPairs() {
    Diff pairs =
        new Diff(
            metadata("p", Objective.PAIR_CLASSIFICATION, 0),
            List.of(),
            new DenseHead(2, 64, new float[128], new float[2]),
            null);
    assertThatThrownBy(() -> MODEL.fit(pairs))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining("an objective that asks no texts");
  }

  private static byte[] diff(OverlaidBase author, String task, float probeError) {
    Parameter changed = author.parameters().getFirst();
    SparseTensor tensor =
        new SparseTensor(
            changed.name(), changed.shape(), new int[] {0, 3}, new float[] {0.5f, -0.5f});
    float[] weight = new float[32];
    Random random = new Random(1);
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) random.nextGaussian();
    }
    DiffMetadata metadata = metadata(task, Objective.CLASSIFICATION, 2);
    DenseHead head = new DenseHead(2, 16, weight, new float[2]);
    Diff plain = new Diff(metadata, List.of(tensor), head, null);
    Model.Fitted fitted = author.fit(plain);
    List<Question> probes = author.probes(metadata);
    float[] logits = new float[2 * probes.size()];
    for (int i = 0; i < probes.size(); i++) {
      System.arraycopy(author.probe(fitted, probes.get(i)), 0, logits, 2 * i, 2);
    }
    logits[0] += probeError;
    ProbeAnswers answers = new ProbeAnswers(probes.size(), 2, logits);
    return DiffWriter.write(new Diff(metadata, List.of(tensor), head, answers));
  }

  private static DiffMetadata metadata(String task, Objective objective, int nonzeros) {
    return new DiffMetadata(
        MODEL.baseDigest(),
        MODEL.baseName(),
        1000,
        task,
        objective,
        "diff-pruning",
        ValuePrecision.FP32,
        nonzeros,
        List.of("a", "b"),
        "mean",
        128,
        Map.of("score", 0.9, "majority", 0.5),
        Sha256.of("base.json"),
        Sha256.of("data"),
        1,
        "test");
  }

  private static float[] images(int count) {
    Random random = new Random(2);
    float[] values = new float[count * VALUES];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static String body(String name, String type, String shape, float[] values)
      throws Exception {
    return "{\"inputs\":[{\"name\":\"%s\",\"datatype\":\"%s\",\"shape\":%s,\"data\":%s}]}"
        .formatted(name, type, shape, JSON.writeValueAsString(values));
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return CLIENT.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
  }

  private static HttpResponse<String> post(String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofString(body)).build();
    return CLIENT.send(request, BodyHandlers.ofString());
  }

  private static URI uri(String path) {
    return URI.create("http://localhost:" + server.port() + path);
  }

  private static JsonNode json(HttpResponse<String> response) throws Exception {
    return JSON.readTree(response.body());
  }

  private static Base base() {
    return Base.from(
        new BaseSource() {
          @Override
          public String name() {
            return "tiny-image";
          }

          @Override
          public Optional<InputStream> open(String file) {
            return Optional.ofNullable(
                ImageBaseTest.class.getResourceAsStream("/tiny-image/" + file));
          }
        });
  }
}
