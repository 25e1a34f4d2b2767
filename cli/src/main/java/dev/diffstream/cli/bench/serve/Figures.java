package dev.diffstream.cli.bench.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
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
   * Figures of another program's report; they are missing if the program fails, or did not measure
   * them.
   *
   * @param within pointer to the object that holds them, as JSON pointers are written
   */
  public void putFrom(List<String> names, String within, Program program)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile("diffstream-bench-", ".json");
    try {
      int status = program.run(file);
      JsonNode report =
          status == 0
              ? Json.parse(Files.readAllBytes(file), file.toString())
              : NullNode.getInstance();
      for (String name : names) {
        JsonNode figure = report.at(within).path(name);
        if (figure.isNumber()) {
          put(name, figure.asDouble());
        } else {
          missing(name, status == 0 ? reason(report.at(within)) : "status " + status);
        }
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static String reason(JsonNode report) {
    JsonNode reasons = report.path("notMeasured");
    return reasons.isEmpty() ? "its program did not measure it" : reasons.toString();
  }

  public void missing(List<String> names, String reason) {
    names.forEach(name -> missing(name, reason));
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
