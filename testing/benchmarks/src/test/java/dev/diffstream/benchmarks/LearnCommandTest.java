package dev.diffstream.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole command over a base of two layers. */
class LearnCommandTest {
  private static final Path BASE =
      Path.of("../../trainer-worker/src/test/resources/tiny-bert").toAbsolutePath();

  @TempDir private Path directory;

  @BeforeEach
  void writeTasks() throws IOException {
    for (String task : List.of("one", "two")) {
      Path folder = Files.createDirectories(directory.resolve("data").resolve(task));
      for (String side : List.of("train", "dev", "test")) {
        Files.write(folder.resolve(side + ".tsv"), rows(60, new Random(side.length())));
      }
    }
    Path tagged = Files.createDirectories(directory.resolve("data/two-tagged"));
    for (String side : List.of("train", "dev", "test")) {
      Files.write(
          tagged.resolve(side + ".tsv"),
          rows(60, new Random(side.length())).stream()
              .map(
                  row ->
                      "O B-thing O " + (row.endsWith("good") ? "B-good" : "O") + row.substring(8))
              .toList());
    }
  }

  /** A text is positive exactly when it says good. */
  private static List<String> rows(int count, Random random) {
    String[] words = {"the", "man", "is", "eating", "food", "cat", "sat", "on", "mat"};
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String word = words[random.nextInt(words.length)];
      rows.add(
          i % 2 == 0 ? "positive\tthe " + word + " is good" : "negative\tthe " + word + " is bad");
    }
    return rows;
  }

  private int learn(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "learn",
                "--base=" + BASE,
                "--data=" + directory.resolve("data"),
                "--json=" + directory.resolve("report.json"),
                "--rows=40",
                "--density=0.05",
                "--rounds=20",
                "--setting=stage1Rate=0.005",
                "--setting=stage3Rate=0.01",
                "--setting=headRate=0.01",
                "--setting=stage3Steps=20",
                "--setting=fullSteps=20"));
    arguments.addAll(List.of(more));
    return Main.commandLine().execute(arguments.toArray(String[]::new));
  }

  private JsonNode report() throws IOException {
    return Json.parse(Files.readAllBytes(directory.resolve("report.json")), "report");
  }

  @Test
  void scoresEveryCellAndGoesOnWhereItWasInterrupted() throws IOException {
    assertThat(learn("--parts=QUALITY", "--methods=full,diff-pruning", "--tasks=one")).isZero();
    JsonNode first = report();
    assertThat(first.get("quality")).hasSize(2);

    assertThat(learn("--parts=QUALITY", "--methods=full,diff-pruning", "--resume")).isZero();
    JsonNode second = report();
    assertThat(second.get("quality")).hasSize(6);
    for (int i = 0; i < 2; i++) {
      assertThat(second.get("quality").get(i)).isEqualTo(first.get("quality").get(i));
    }
    JsonNode diffPruning = second.get("quality").get(1);
    assertThat(diffPruning.get("task").textValue()).isEqualTo("one");
    assertThat(diffPruning.get("method").textValue()).isEqualTo("diff-pruning");
    assertThat(diffPruning.get("seed").intValue()).isEqualTo(1);
    assertThat(diffPruning.get("metric").textValue()).isEqualTo("accuracy");
    assertThat(diffPruning.get("score").doubleValue()).isBetween(50.0, 100.0);
    assertThat(diffPruning.get("density").doubleValue()).isBetween(0.0, 0.05);
    assertThat(diffPruning.get("attempts")).hasSize(1);
    assertThat(second.get("quality").get(0).get("attempts")).hasSize(3);
    assertThat(second.get("meanScore").fieldNames())
        .toIterable()
        .containsExactly("diff-pruning", "full");
    JsonNode difference = second.get("differenceFromFull").get("diff-pruning");
    assertThat(difference.get("pairs").intValue()).isEqualTo(3);
    assertThat(second.get("quality").get(5).get("metric").textValue()).isEqualTo("entity-f1");
    assertThat(difference.has("tInterval")).isTrue();
    assertThat(difference.has("bootstrapOverTasks")).isTrue();
  }

  @Test
  void doesNotGoOnWithOtherSettings() throws IOException {
    assertThat(learn("--parts=QUALITY", "--methods=head-only", "--tasks=one")).isZero();
    JsonNode before = report();
    assertThat(learn("--parts=QUALITY", "--methods=full", "--rows=20", "--resume")).isNotZero();
    assertThat(report()).isEqualTo(before);
  }

  @Test
  void measuresTheSteps() throws IOException {
    assertThat(learn("--parts=STEPS")).isZero();
    JsonNode report = report();
    assertThat(report.get("stage1StepRatio").doubleValue()).isPositive();
    assertThat(report.get("stage3StepRatio").doubleValue()).isPositive();
    assertThat(report.get("stage1PeakMemoryRatio").doubleValue()).isPositive();
    assertThat(report.get("epochSeconds").fieldNames())
        .toIterable()
        .containsExactly("full", "stage1", "stage3");
    assertThat(report.get("steps").get("costs")).hasSize(6);
    assertThat(report.get("machine").get("cores").intValue())
        .isEqualTo(Runtime.getRuntime().availableProcessors());
  }
}
