package dev.diffstream.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MixedCommandTest {
  private static final int THREADS = TensorEngine.threads();

  /** The command takes one; other tests of this process want them back. */
  @AfterAll
  static void giveThreadsBack() {
    TensorEngine.useThreads(THREADS);
  }

  @Test
  void theReportHoldsCheckedAnswersAndTheirTimes(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("mixed.json");
    int status =
        Main.commandLine()
            .execute("mixed", "--tasks", "3", "--rounds", "2", "--json", file.toString());
    assertThat(status).isZero();
    JsonNode batch = Json.parse(Files.readAllBytes(file), "report").path("batch");
    assertThat(batch.path("texts").asInt()).isEqualTo(3);
    assertThat(batch.path("maxDifference").asDouble()).isLessThan(1e-5);
    assertThat(batch.path("minTaskDifference").asDouble()).isGreaterThan(1e-3);
    assertThat(batch.path("mixedMillis").asDouble()).isPositive();
    assertThat(batch.path("bytesPerTask").asLong()).isBetween(700_000L, 800_000L);
  }

  @Test
  void oneTaskIsNoMixture() {
    assertThat(Main.commandLine().execute("mixed", "--tasks", "1")).isEqualTo(2);
  }
}
