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

class SwitchCommandTest {
  private static final int THREADS = TensorEngine.threads();

  /** The command takes one; other tests of this process want them back. */
  @AfterAll
  static void giveThreadsBack() {
    TensorEngine.useThreads(THREADS);
  }

  @Test
  void theReportHoldsCheckedSwitchesAndTheirTimes(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("switch.json");
    int status = Main.commandLine().execute("switch", "--rounds", "3", "--json", file.toString());
    assertThat(status).isZero();
    JsonNode times = Json.parse(Files.readAllBytes(file), "report").path("times");
    assertThat(times.path("nonzeros").asLong()).isBetween(112_000L, 114_000L);
    assertThat(times.path("loraValues").asLong()).isEqualTo(6L * (4 * 384 * 384 + 2 * 384 * 1536));
    assertThat(times.path("switchOverPhysical").asDouble()).isPositive();
    assertThat(times.path("loraFuseOverSwitch").asDouble()).isPositive();
  }

  @Test
  void aRoundIsNeeded() {
    assertThat(Main.commandLine().execute("switch", "--rounds", "0")).isEqualTo(2);
  }
}
