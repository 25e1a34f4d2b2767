package dev.diffstream.cli.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.file.MappedFile;
import dev.diffstream.cli.file.OutputFile;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.json.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a diff file's metadata says of task, base and origin, by the same keys; it travels with an
 * export, so that an import knows what its form cannot say.
 */
public record TaskFacts(SortedMap<String, String> entries) {
  /** SHA-256 of the diff file that was exported. */
  public static final String SOURCE = "source.digest";

  private static final String FILE = "diffstream.json";

  /** What is said of the diff file itself, and not of what it holds. */
  private static final Set<String> OF_THE_FILE =
      Set.of("format", "version", "op", "profile", "shapes", "nonzeros");

  private static final Set<String> OF_THE_VALUES = Set.of("metrics", "method", "parents");

  public TaskFacts(Map<String, String> entries) {
    this(new TreeMap<>(entries));
  }

  /**
   * Of a diff file.
   *
   * @param metadata as the file says it
   * @param digest SHA-256 of its bytes
   */
  public static TaskFacts of(Map<String, String> metadata, String digest) {
    TreeMap<String, String> entries = new TreeMap<>(metadata);
    entries.keySet().removeAll(OF_THE_FILE);
    entries.put(SOURCE, digest);
    return new TaskFacts(entries);
  }

  public Optional<String> get(String key) {
    return Optional.ofNullable(entries.get(key));
  }

  /** How the values were stored; empty too if that is no precision of ours. */
  public Optional<ValuePrecision> precision() {
    String said = entries.get("precision");
    return Arrays.stream(ValuePrecision.values()).filter(p -> p.text().equals(said)).findFirst();
  }

  /** Without what was measured of one set of values, and how these were learned. */
  TaskFacts ofOtherValues() {
    TreeMap<String, String> rest = new TreeMap<>(entries);
    rest.keySet().removeAll(OF_THE_VALUES);
    return new TaskFacts(rest);
  }

  void writeBeside(Path directory) {
    OutputFile.write(directory.resolve(FILE), Json.writeText(entries) + "\n");
  }

  /** Empty if there is no such file. */
  static TaskFacts beside(Path directory) {
    Path file = directory.resolve(FILE);
    TreeMap<String, String> entries = new TreeMap<>();
    if (Files.exists(file)) {
      for (Map.Entry<String, JsonNode> field : json(file).properties()) {
        entries.put(field.getKey(), field.getValue().asText());
      }
    }
    return new TaskFacts(entries);
  }

  static JsonNode json(Path file) {
    return MappedFile.reading(
        file,
        bytes -> {
          String text = StandardCharsets.UTF_8.decode(bytes).toString();
          return Json.parse(text.getBytes(StandardCharsets.UTF_8), "the file");
        });
  }
}
