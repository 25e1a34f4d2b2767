package dev.diffstream.benchmarks.memory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.benchmarks.steps.ChildJvm;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker's process takes after many runs, with the options of the image's JVM. */
class MemoryCommandTest {
  /** Ten under the profile acceptance; the state of one that stayed shows after two. */
  private static final int RUNS = Integer.getInteger("memory.runs", 4);

  private static final Path DOCKERFILE = Path.of("../../deploy/Dockerfile");

  @TempDir private Path base;

  /**
   * The first run is of the method with the largest state, and every second one is left in the
   * middle.
   */
  @Test
  void manyRunsTakeLittleMoreMemoryThanOne() throws IOException, InterruptedException {
    RandomBase.write(base, 256, 8192);
    JsonNode report =
        ChildJvm.run(
            workerOptions(),
            List.of(
                "memory",
                "--base=" + base,
                "--runs=" + RUNS,
                "--rows=40",
                "--methods=diff-pruning,lottery-ticket,fixed-mask,lottery-ticket,fixed-mask",
                "--lost-after=12",
                "--setting=batchSize=1",
                "--setting=maxTokens=8",
                "--setting=fullSteps=6",
                "--setting=stage3Steps=6",
                "--setting=headSteps=6",
                "--setting=scoreRows=16"));
    assertThat(report.get("runs"))
        .extracting(run -> run.get("ended").booleanValue())
        .hasSize(RUNS)
        .startsWith(true, false, true, false);
    assertThat(report.get("peakRatio").doubleValue()).as("%s", report).isBetween(1.0, 1.3);
  }

  /** What stands between the program and its jar in the image's start command. */
  private static List<String> workerOptions() throws IOException {
    String entry =
        Files.readAllLines(DOCKERFILE).stream()
            .filter(line -> line.startsWith("ENTRYPOINT "))
            .findFirst()
            .orElseThrow();
    JsonNode words = Json.parse(entry.substring("ENTRYPOINT ".length()).getBytes(UTF_8), "entry");
    List<String> all =
        StreamSupport.stream(words.spliterator(), false).map(JsonNode::textValue).toList();
    return all.subList(1, all.indexOf("-jar"));
  }
}
