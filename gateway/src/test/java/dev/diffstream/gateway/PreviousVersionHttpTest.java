package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.event.Objective;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A task of which the version before is kept, as clients see it. */
final class PreviousVersionHttpTest {
  private static final TinyGateway GATEWAY = new TinyGateway();
  private static final String TEXT =
      "{\"inputs\":[{\"name\":\"text\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"good\"]}]}";

  @BeforeAll
  static void serve() throws Exception {
    GATEWAY.serve("reviews", Objective.CLASSIFICATION);
    GATEWAY.serveSecondVersion("reviews", Objective.CLASSIFICATION);
  }

  @AfterAll
  static void stop() {
    GATEWAY.close();
  }

  @Test
  void eachVersionAnswersUnderItsNumber() throws Exception {
    HttpResponse<byte[]> second = GATEWAY.post("/v2/models/reviews/infer", TEXT);
    HttpResponse<byte[]> first = GATEWAY.post("/v2/models/reviews/versions/1/infer", TEXT);
    assertThat(TinyGateway.json(second).path("model_version").asText()).isEqualTo("2");
    assertThat(TinyGateway.json(first).path("model_version").asText()).isEqualTo("1");
    assertThat(first.headers().firstValue("diffstream-digest"))
        .isNotEqualTo(second.headers().firstValue("diffstream-digest"));
    assertThat(TinyGateway.json(first).at("/outputs/1/data"))
        .isNotEqualTo(TinyGateway.json(second).at("/outputs/1/data"));
    assertThat(GATEWAY.post("/v2/models/reviews/versions/2/infer", TEXT).body())
        .isEqualTo(second.body());
    TinyGateway.refused(
        GATEWAY.post("/v2/models/reviews/versions/3/infer", TEXT), 404, "VERSION_UNKNOWN");
  }

  @Test
  void bothAreListed() throws Exception {
    JsonNode model = TinyGateway.json(GATEWAY.get("/v2/models/reviews"));
    assertThat(model.path("versions").toString()).isEqualTo("[\"2\",\"1\"]");
    JsonNode before = TinyGateway.json(GATEWAY.get("/v2/models/reviews/versions/1"));
    assertThat(before.at("/properties/version").asText()).isEqualTo("1");
    JsonNode index = TinyGateway.json(GATEWAY.post("/v2/repository/index", ""));
    assertThat(index.findValuesAsText("version")).containsExactly("2", "1");
    assertThat(index.findValuesAsText("state")).containsExactly("READY", "READY");
  }

  @Test
  void whatIsResidentAndHowLongItTookIsMeasured() throws Exception {
    String metrics = TinyGateway.text(GATEWAY.get("/prometheus"));
    assertThat(metrics)
        .contains(
            "diffstream_gateway_previous 1.0",
            "diffstream_gateway_resident_bytes 0.0",
            "diffstream_gateway_cache_bytes 0.0",
            "diffstream_gateway_cache_hits_total 0.0",
            "diffstream_gateway_cache_misses_total 0.0",
            "diffstream_gateway_cache_evictions_total 0.0",
            "diffstream_gateway_cache_damaged_total 0.0",
            "diffstream_gateway_cache_failures_total 0.0",
            "diffstream_gateway_announced_to_served_seconds_bucket");
    assertThat(metrics)
        .containsPattern("diffstream_gateway_announced_to_served_seconds_count [12]\\b");
  }
}
