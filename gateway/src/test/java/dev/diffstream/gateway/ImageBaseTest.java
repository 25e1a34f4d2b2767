package dev.diffstream.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.gateway.protocol.JsonInferReader;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.event.Objective;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A base that takes images is asked by FP32 tensors, in JSON or raw. */
final class ImageBaseTest {
  private static final int VALUES = 256;
  private static final ModuleGateway GATEWAY = new ModuleGateway("image");

  @AfterAll
  static void stop() {
    GATEWAY.close();
  }

  @Test
  void metadataNamesTheInput() throws Exception {
    JsonNode model = ModuleGateway.json(GATEWAY.get("/v2/models/good"));
    assertThat(model.path("inputs"))
        .hasToString("[{\"name\":\"image\",\"datatype\":\"FP32\",\"shape\":[-1,1,16,16]}]");
  }

  @Test
  void aDiffWithOtherProbeAnswersIsNotServed() throws Exception {
    assertThat(GATEWAY.get("/v2/models/broken").statusCode()).isNotEqualTo(200);
    assertThat(GATEWAY.backends.residency())
        .anySatisfy(r -> assertThat(r.toString()).contains("SELF_TEST_FAILED"));
  }

  @Test
  void jsonAndRawTensorsGiveOneAnswer() throws Exception {
    float[] images = images(2);
    JsonNode fromJson =
        ModuleGateway.json(
            GATEWAY.post(
                "/v2/models/good/infer",
                ModuleGateway.body("image", "FP32", "[2,1,16,16]", images)));
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
        HttpRequest.newBuilder(GATEWAY.uri("/v2/models/good/infer"))
            .header(JsonInferReader.HEADER, Integer.toString(head.length()))
            .POST(BodyPublishers.ofByteArray(both.toByteArray()))
            .build();
    JsonNode fromRaw = ModuleGateway.json(GATEWAY.send(request));
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
    HttpResponse<String> answer =
        GATEWAY.post("/v2/models/good/infer", ModuleGateway.body(name, type, shape, images(1)));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(ModuleGateway.json(answer).path("error").asText()).contains(message);
  }

  @Test
  void itTakesNoDiffOverPairs() {
    Diff pairs =
        new Diff(
            GATEWAY.metadata("p", Objective.PAIR_CLASSIFICATION, 0),
            List.of(),
            new DenseHead(2, 64, new float[128], new float[2]),
            null);
    assertThatThrownBy(() -> GATEWAY.model.prepare(pairs))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining("an objective that asks no texts");
  }

  private static float[] images(int count) {
    return ModuleGateway.noise(count * VALUES);
  }
}
