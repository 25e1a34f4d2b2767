package dev.diffstream.cli.bench.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Named figures; one that was not measured is null and has its reason beside it. */
public final class Figures {
  private final Map<String, Object> values = new LinkedHashMap<>();
  private final Map<String, String> reasons = new LinkedHashMap<>();

  public void put(String name, Object value) {
    boolean number = !(value instanceof Double figure) || Double.isFinite(figure);
    if (number) {
      values.put(name, value);
      reasons.remove(name);
    } else {
      missing(name, "nothing was counted");
    }
  }

  /** A program that writes a report into a file, and gives its exit status. */
  @FunctionalInterface
  public interface Program {
    int run(Path json) throws IOException, InterruptedException;
  }

  /**
   * A figure of another program's report; it is missing if the program fails.
   *
   * @param pointer to the figure, as JSON pointers are written
   */
  public void putFrom(String name, String pointer, Program program)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile("diffstream-bench-", ".json");
    try {
      int status = program.run(file);
      if (status == 0) {
        JsonNode report = Json.parse(Files.readAllBytes(file), file.toString());
        put(name, report.at(pointer).asDouble(Double.NaN));
      } else {
        missing(name, "its program ended with status " + status);
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  public void missing(String name, String reason) {
    values.put(name, NullNode.getInstance());
    reasons.put(name, reason);
  }

  /** As one object. */
  public Map<String, Object> toMap() {
    Map<String, Object> all = new LinkedHashMap<>(values);
    all.put("notMeasured", reasons);
    return all;
  }
}
