package dev.diffstream.schemas.diff;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Json;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.event.Objective;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@link DiffMetadata} as the string map that a safetensors header carries, both ways. */
final class MetadataText {
  static final String FORMAT = "diffstream.diff";
  static final String VERSION = "1";

  private MetadataText() {}

  /** In ascending order of name. */
  static TreeMap<String, String> write(DiffMetadata m) {
    TreeMap<String, String> text = new TreeMap<>();
    text.put("format", FORMAT);
    text.put("version", VERSION);
    text.put("op", "add");
    text.put("profile", "plain");
    text.put("base.digest", m.baseDigest());
    text.put("base.name", m.baseName());
    text.put("base.parameters", Long.toString(m.baseParameters()));
    text.put("task.id", m.taskId());
    text.put("task.objective", m.objective().text());
    text.put("task.labels", Json.writeText(m.labels()));
    text.put("method", m.method());
    text.put("precision", m.precision().text());
    text.put("nonzeros", Long.toString(m.nonzeros()));
    text.put("features", m.features());
    text.put("tokenizer.digest", m.tokenizerDigest());
    text.put("tokenizer.maxTokens", Integer.toString(m.maxTokens()));
    text.put("metrics", Json.writeText(m.metrics()));
    text.put("data.digest", m.dataDigest());
    text.put("seed", Long.toString(m.seed()));
    text.put("code.version", m.codeVersion());
    return text;
  }

  static DiffMetadata read(Map<String, String> text) {
    if (!FORMAT.equals(text.get("format"))) {
      throw malformed("format must be " + FORMAT + ", got: " + text.get("format"));
    }
    if (!VERSION.equals(text.get("version"))) {
      throw new DiffstreamException(
          ErrorCode.UNSUPPORTED_VERSION,
          "this program reads version 1 of the diff file, got: " + text.get("version"));
    }
    expect(text, "op", "add");
    expect(text, "profile", "plain");
    try {
      return new DiffMetadata(
          digest(text, "base.digest"),
          required(text, "base.name"),
          number(text, "base.parameters", 1, Long.MAX_VALUE),
          required(text, "task.id"),
          Objective.of(required(text, "task.objective")),
          required(text, "method"),
          ValuePrecision.of(required(text, "precision")),
          number(text, "nonzeros", 0, Integer.MAX_VALUE),
          labels(required(text, "task.labels")),
          required(text, "features"),
          (int) number(text, "tokenizer.maxTokens", 2, 1 << 20),
          metrics(required(text, "metrics")),
          digest(text, "tokenizer.digest"),
          digest(text, "data.digest"),
          number(text, "seed", Long.MIN_VALUE, Long.MAX_VALUE),
          required(text, "code.version"));
    } catch (DiffstreamException e) {
      throw e.code() == ErrorCode.MALFORMED_DIFF ? e : malformed(e.reason());
    }
  }

  private static List<String> labels(String json) {
    List<String> labels = new ArrayList<>();
    JsonNode node = Json.parse(json.getBytes(StandardCharsets.UTF_8), "task.labels");
    if (!node.isArray()) {
      throw malformed("task.labels must be a JSON array of strings");
    }
    for (JsonNode label : node) {
      if (!label.isTextual()) {
        throw malformed("task.labels must hold strings, got: " + label);
      }
      labels.add(label.textValue());
    }
    return labels;
  }

  private static Map<String, Double> metrics(String json) {
    Map<String, Double> metrics = new TreeMap<>();
    JsonNode node = Json.parse(json.getBytes(StandardCharsets.UTF_8), "metrics");
    if (!node.isObject()) {
      throw malformed("metrics must be a JSON object of numbers");
    }
    node.properties()
        .forEach(
            p -> {
              if (!p.getValue().isNumber()) {
                throw malformed("metric " + p.getKey() + " must be a number, got: " + p.getValue());
              }
              metrics.put(p.getKey(), p.getValue().doubleValue());
            });
    return metrics;
  }

  private static String digest(Map<String, String> text, String name) {
    String value = required(text, name);
    if (!Sha256.isValid(value)) {
      throw malformed(name + " must be 64 lower-case hex digits, got: " + value);
    }
    return value;
  }

  private static long number(Map<String, String> text, String name, long least, long most) {
    String value = required(text, name);
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // reported below, with what was expected
    }
    throw malformed(
        name + " must be a whole number from " + least + " to " + most + ", got: " + value);
  }

  private static void expect(Map<String, String> text, String name, String value) {
    if (!value.equals(text.get(name))) {
      throw malformed(name + " must be " + value + ", got: " + text.get(name));
    }
  }

  private static String required(Map<String, String> text, String name) {
    String value = text.get(name);
    if (value == null) {
      throw malformed("metadata lacks " + name);
    }
    return value;
  }

  private static DiffstreamException malformed(String message) {
    return new DiffstreamException(ErrorCode.MALFORMED_DIFF, "metadata: " + message);
  }
}
