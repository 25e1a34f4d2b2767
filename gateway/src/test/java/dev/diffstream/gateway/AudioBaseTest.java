package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** A base that takes frames of sound, as many as there are. */
final class AudioBaseTest {
  private static final int BANDS = 20;
  private static final ModuleGateway GATEWAY = new ModuleGateway("audio");

  @AfterAll
  static void stop() {
    GATEWAY.close();
  }

  @Test
  void metadataLeavesTheNumberOfFramesOpen() throws Exception {
    JsonNode model = ModuleGateway.json(GATEWAY.get("/v2/models/good"));
    assertThat(model.path("inputs"))
        .hasToString("[{\"name\":\"frames\",\"datatype\":\"FP32\",\"shape\":[-1,-1,20]}]");
  }

  @Test
  void aDiffWithOtherProbeAnswersIsNotServed() throws Exception {
    assertThat(GATEWAY.get("/v2/models/broken").statusCode()).isNotEqualTo(200);
    assertThat(GATEWAY.backends.residency())
        .anySatisfy(r -> assertThat(r.toString()).contains("SELF_TEST_FAILED"));
  }

  @Test
  void soundsOfAnyLengthAreAnsweredAndTogetherAsAlone() throws Exception {
    List<String> answers = new ArrayList<>();
    for (int frames : List.of(1, 7, 40)) {
      float[] sounds = ModuleGateway.noise(2 * frames * BANDS);
      List<String> together = scores(2, frames, sounds);
      assertThat(together.subList(0, 2))
          .isEqualTo(scores(1, frames, Arrays.copyOf(sounds, frames * BANDS)));
      answers.addAll(together);
    }
    assertThat(answers).hasSize(12).doesNotHaveDuplicates();
  }

  @Test
  void framesOfAnotherWidthAreNamed() throws Exception {
    HttpResponse<String> answer =
        GATEWAY.post(
            "/v2/models/good/infer",
            ModuleGateway.body("frames", "FP32", "[1,2,19]", ModuleGateway.noise(38)));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(ModuleGateway.json(answer).path("error").asText())
        .contains("must have shape [n] and then [-1, 20], got: [1,2,19]");
  }

  private static List<String> scores(int count, int frames, float[] sounds) throws Exception {
    String shape = "[%d,%d,%d]".formatted(count, frames, BANDS);
    JsonNode answer =
        ModuleGateway.json(
            GATEWAY.post(
                "/v2/models/good/infer", ModuleGateway.body("frames", "FP32", shape, sounds)));
    JsonNode data = answer.at("/outputs/1/data");
    assertThat(data).as(answer.toString()).hasSize(2 * count);
    List<String> scores = new ArrayList<>();
    data.forEach(score -> scores.add(score.asText()));
    return scores;
  }
}
