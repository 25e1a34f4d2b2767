package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.event.Objective;
import inference.DataType;
import inference.ModelConfig;
import inference.ModelConfigRequest;
import inference.ModelStatistics;
import inference.ModelStatisticsRequest;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Statistics and configuration, by both faces. */
@Timeout(60)
final class ProtocolExtensionsTest {
  private final TinyGateway gateway = new TinyGateway();

  @BeforeEach
  void serve() throws Exception {
    gateway.serve("reviews", Objective.CLASSIFICATION);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  @Test
  void requestsAreCountedByTaskAndVersion() throws Exception {
    Instant before = Instant.ofEpochMilli(System.currentTimeMillis());
    assertThat(statistics("/v2/models/reviews/stats").path("execution_count").asInt()).isZero();
    ask("{\"texts\":[\"a\",\"b\"]}", 200);
    ask("{\"texts\":[\"c\",\"d\"]}", 200);
    ask("{\"text\":\"a\",\"text_pair\":\"b\"}", 400);
    JsonNode model = statistics("/v2/models/reviews/stats");
    assertThat(model.path("name").asText()).isEqualTo("reviews");
    assertThat(model.path("version").asText()).isEqualTo("1");
    assertThat(model.path("inference_count").asInt()).isEqualTo(4);
    assertThat(model.path("execution_count").asInt()).isEqualTo(2);
    assertThat(Instant.ofEpochMilli(model.path("last_inference").asLong()))
        .isAfterOrEqualTo(before);
    JsonNode times = model.path("inference_stats");
    assertThat(times.path("success").path("count").asInt()).isEqualTo(2);
    assertThat(times.path("fail").path("count").asInt()).isEqualTo(1);
    assertThat(times.path("queue").path("count").asInt()).isEqualTo(2);
    for (String phase : List.of("compute_input", "compute_infer", "compute_output")) {
      assertThat(times.path(phase).path("count").asInt()).as(phase).isEqualTo(2);
    }
    long compute = times.path("compute_infer").path("ns").asLong();
    assertThat(compute).isPositive();
    assertThat(times.path("success").path("ns").asLong()).isGreaterThan(compute);
    assertThat(statistics("/v2/models/reviews/versions/1/stats")).isEqualTo(model);
    assertThat(statistics("/v2/models/stats")).isEqualTo(model);
    sameOverGrpc(model);
  }

  private void sameOverGrpc(JsonNode rest) {
    ModelStatistics grpc =
        gateway
            .grpc()
            .modelStatistics(ModelStatisticsRequest.newBuilder().setName("reviews").build())
            .getModelStats(0);
    assertThat(grpc.getName()).isEqualTo("reviews");
    assertThat(grpc.getInferenceCount()).isEqualTo(4);
    assertThat(grpc.getExecutionCount()).isEqualTo(2);
    assertThat(grpc.getLastInference()).isEqualTo(rest.path("last_inference").asLong());
    assertThat(grpc.getInferenceStats().getFail().getCount()).isEqualTo(1);
    assertThat(grpc.getInferenceStats().getSuccess().getNs())
        .isEqualTo(rest.path("inference_stats").path("success").path("ns").asLong());
  }

  @Test
  void aVersionThatIsGoneHasNoStatistics() throws Exception {
    ask("{\"text\":\"a\"}", 200);
    gateway.serveSecondVersion("reviews", Objective.CLASSIFICATION);
    JsonNode both = TinyGateway.json(gateway.get("/v2/models/reviews/stats")).path("model_stats");
    assertThat(both)
        .extracting(version -> version.path("version").asText())
        .containsExactly("2", "1");
    assertThat(both)
        .extracting(version -> version.path("execution_count").asInt())
        .containsExactly(0, 1);
    TinyGateway.refused(gateway.get("/v2/models/reviews/versions/9/stats"), 404, "VERSION_UNKNOWN");
    TinyGateway.refused(gateway.get("/v2/models/none/stats"), 404, "TASK_UNKNOWN");
  }

  @Test
  void theConfigurationTellsTensorsOfOneExample() throws Exception {
    JsonNode config = TinyGateway.json(gateway.get("/v2/models/reviews/config"));
    assertThat(config.path("max_batch_size").asInt()).isEqualTo(4);
    assertThat(config.path("input").path(0).toString())
        .isEqualTo("{\"name\":\"text\",\"data_type\":\"TYPE_STRING\",\"dims\":[1]}");
    assertThat(config.path("output").path(1).path("data_type").asText()).isEqualTo("TYPE_FP32");
    ModelConfig grpc =
        gateway
            .grpc()
            .modelConfig(ModelConfigRequest.newBuilder().setName("reviews").build())
            .getConfig();
    assertThat(grpc.getMaxBatchSize()).isEqualTo(4);
    assertThat(grpc.getInput(0).getDataType()).isEqualTo(DataType.TYPE_STRING);
    assertThat(grpc.getOutput(1).getDims(0))
        .isEqualTo(config.path("output").path(1).path("dims").path(0).asLong());
  }

  /** Triton's load generator takes the first dimension of the metadata for the batch. */
  @Test
  void theMetadataOfAnInputAreABatchOfItsConfiguration() throws Exception {
    JsonNode config = TinyGateway.json(gateway.get("/v2/models/reviews/config"));
    JsonNode metadata = TinyGateway.json(gateway.get("/v2/models/reviews"));
    assertThat(metadata.path("inputs").path(0).path("shape").toString()).isEqualTo("[-1,1]");
    assertThat(config.path("input").path(0).path("dims").toString()).isEqualTo("[1]");
    String body =
        "{\"inputs\":[{\"name\":\"text\",\"datatype\":\"BYTES\",\"shape\":%s,\"data\":[\"a\",\"b\"]}]}";
    String infer = "/v2/models/reviews/infer";
    assertThat(TinyGateway.json(gateway.post(infer, body.formatted("[2,1]"))).path("outputs"))
        .isEqualTo(TinyGateway.json(gateway.post(infer, body.formatted("[2]"))).path("outputs"));
  }

  private JsonNode statistics(String path) throws Exception {
    JsonNode models = TinyGateway.json(gateway.get(path)).path("model_stats");
    assertThat(models).hasSize(1);
    return models.path(0);
  }

  private void ask(String body, int status) throws Exception {
    assertThat(gateway.post("/v1/tasks/reviews/predict", body).statusCode()).isEqualTo(status);
  }
}
