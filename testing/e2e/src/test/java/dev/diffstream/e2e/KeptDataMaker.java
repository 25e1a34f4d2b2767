package dev.diffstream.e2e;

import dev.diffstream.cli.client.GatewayClient.Prediction;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.RunIds;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Makes a data directory for {@link KeptDataIT}: a deployment with two versions of one task and a
 * run that failed, stopped in good order. Run by hand, once for each state that is to be kept.
 */
final class KeptDataMaker {
  private static final String EVENT =
      """
      {"taskId":"kept","objective":"classification",\
      "data":{"train":"tasks/kept/data/train.jsonl"},\
      "method":"fixed-mask","density":%s,\
      "settings":{"maskScore":"rand","headSteps":80,"stage3Steps":60,"maxTokens":32}}""";

  private static final String FIRST = EVENT.formatted("0.001");
  private static final List<String> TEXTS =
      List.of("Where is my parcel?", "I cannot log in since the update.", "Refund me, please.");

  private KeptDataMaker() {}

  /**
   * @param arguments an empty directory to work in, the zip file and the JSON file to write
   */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    try (Stage stage = new Stage(directory)) {
      stage.upload("tasks/kept/data/train.jsonl", Stage.sample("support-topic", 120));
      stage.send("kept", "e-kept-1", FIRST, Map.of());
      stage.awaitServed("kept", 1);
      stage.send("kept", "e-kept-2", EVENT.formatted("0.002"), Map.of());
      stage.awaitServed("kept", 2);
      stage.send(
          "missing",
          "e-kept-missing",
          "{\"taskId\":\"missing\",\"data\":{\"train\":\"tasks/missing/data/none.jsonl\"}}",
          Map.of());
      stage.await(
          "a dead letter", () -> !stage.invariants.records(Topics.TASKS_DEAD_LETTERS).isEmpty());
      Files.write(Path.of(arguments[2]), Json.writeUnsorted(expected(stage)));
    }
    zip(directory, Path.of(arguments[1]));
  }

  private static Map<String, Object> expected(Stage stage) {
    Map<String, Object> expected = new LinkedHashMap<>();
    expected.put(
        "event", Json.parse(FIRST.getBytes(java.nio.charset.StandardCharsets.UTF_8), "event"));
    expected.put("version", 2);
    expected.put("versions", stage.invariants.versions());
    expected.put("records", records(stage));
    expected.put("reports", reports(stage));
    expected.put("answers", TEXTS.stream().map(text -> answer(stage, text)).toList());
    return expected;
  }

  private static Map<String, Integer> records(Stage stage) {
    Map<String, Integer> records = new LinkedHashMap<>();
    for (String topic : List.of(Topics.ANNOUNCEMENTS, Topics.TASKS_DEAD_LETTERS)) {
      records.put(topic, stage.invariants.records(topic).size());
    }
    return records;
  }

  private static Map<String, String> reports(Stage stage) {
    Map<String, String> outcomes = new LinkedHashMap<>();
    List<String> runs =
        new ArrayList<>(List.of(RunIds.of("/e2e", "e-kept-1"), RunIds.of("/e2e", "e-kept-2")));
    for (Received letter : stage.invariants.records(Topics.TASKS_DEAD_LETTERS)) {
      runs.add(letter.headers().getOrDefault("diffstream_run_id", ""));
    }
    for (String run : runs) {
      outcomes.put(run, stage.registry.get("/v1/runs/" + run + "/report").path("outcome").asText());
    }
    return outcomes;
  }

  private static Map<String, Object> answer(Stage stage, String text) {
    Prediction answer = stage.ask("kept", text);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("text", text);
    fields.put("label", answer.label());
    fields.put("scores", answer.scores());
    fields.put("digest", answer.digest());
    return fields;
  }

  private static void zip(Path directory, Path file) throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(directory)) {
      all.filter(Files::isRegularFile)
          .filter(path -> !path.startsWith(directory.resolve("logs")))
          .sorted()
          .forEach(files::add);
    }
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Path path : files) {
        zip.putNextEntry(new ZipEntry(directory.relativize(path).toString()));
        Files.copy(path, zip);
        zip.closeEntry();
      }
    }
  }
}
