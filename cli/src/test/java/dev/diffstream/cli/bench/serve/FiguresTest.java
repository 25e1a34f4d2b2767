package dev.diffstream.cli.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

class FiguresTest {
  @Test
  void whatWasNotMeasuredIsNullAndSaysWhy() throws IOException, InterruptedException {
    Figures figures = new Figures();
    figures.put("ratio", 0.5);
    figures.put("empty", Double.NaN);
    figures.missing("other", "not installed");
    figures.putFrom(List.of("failed"), "/a", json -> 3);
    figures.putFrom(
        List.of("read", "without"),
        "/a",
        json -> {
          Files.writeString(
              json,
              "{\"a\":{\"read\":1.5,\"without\":null,\"notMeasured\":{\"x\":\"no Python\"}}}");
          return 0;
        });
    JsonNode report = Json.parse(Json.writeUnsorted(figures.toMap()), "report");
    assertThat(report.path("ratio").asDouble()).isEqualTo(0.5);
    assertThat(report.path("read").asDouble()).isEqualTo(1.5);
    assertThat(report.path("other").isNull()).isTrue();
    assertThat(report.path("without").isNull()).isTrue();
    assertThat(report.path("notMeasured").path("without").asText()).contains("no Python");
    assertThat(report.path("failed").isNull()).isTrue();
    assertThat(report.path("empty").isNull()).isTrue();
    assertThat(report.path("notMeasured").path("other").asText()).isEqualTo("not installed");
    assertThat(report.path("notMeasured").path("failed").asText()).contains("3");
    assertThat(report.path("notMeasured").has("ratio")).isFalse();
  }
}
