package dev.diffstream.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeersTest {
  @Test
  void bothGiveTheSameAnswers(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("peers.json");
    int status = Main.commandLine().execute("--rounds", "2", "--json", file.toString());
    assertThat(status).isZero();
    JsonNode peers = Json.parse(Files.readAllBytes(file), "report").path("peers");
    assertThat(peers.path("maxDifference").asDouble()).isLessThan(1e-4);
    assertThat(peers.path("overOnnxRuntime").asDouble()).isPositive();
  }
}
