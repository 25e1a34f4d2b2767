package dev.diffstream.schemas.diff.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.codec.Shapes;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.DiffMetadataBuilder;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@link DiffMetadata} as the string map that a safetensors header carries, both ways. */
final class MetadataText {
  static final String FORMAT = "diffstream.diff";
  static final String VERSION = "1";

  /** In plain files, the shape of each changed parameter. */
  static final String SHAPES = "shapes";

  private static final String PAIR_ENCODING = "pair.encoding";
  private static final String LONG_TEXTS = "text.long";
  private static final String REFUSE = "refuse";
  private static final String TEXT_PREFIX = "text.prefix";
  private static final String TEMPERATURE = "temperature";

  private static final Set<String> KNOWN =
      Set.of(
          "format",
          "version",
          "op",
          "profile",
          "base.digest",
          "base.name",
          "base.parameters",
          "task.id",
          "task.objective",
          "task.labels",
          "method",
          "precision",
          "nonzeros",
          "features",
          PAIR_ENCODING,
          LONG_TEXTS,
          TEXT_PREFIX,
          TEMPERATURE,
          "tokenizer.digest",
          "tokenizer.maxTokens",
          "metrics",
          "data.digest",
          "seed",
          "code.version",
          "parents",
          "role",
          SHAPES);

  private static final int MAX_NONZEROS = 1 << 28;

  private MetadataText() {}

  /** In ascending order of name. */
  static TreeMap<String, String> write(DiffMetadata m, Profile profile) {
    TreeMap<String, String> text = new TreeMap<>();
    m.other().keySet().stream()
        .filter(KNOWN::contains)
        .findFirst()
        .ifPresent(
            key -> {
              throw new IllegalArgumentException(key + " is no entry of another program");
            });
    text.putAll(m.other());
    text.put("format", FORMAT);
    text.put("version", VERSION);
    text.put("op", "add");
    text.put("profile", profile.text());
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
    if (m.pairEncoding() != null) {
      text.put(PAIR_ENCODING, m.pairEncoding());
    }
    if (m.refusesLongTexts()) {
      text.put(LONG_TEXTS, REFUSE);
    }
    if (!m.textPrefix().isEmpty()) {
      text.put(TEXT_PREFIX, m.textPrefix());
    }
    if (m.temperature() != 1) {
      text.put(TEMPERATURE, Double.toString(m.temperature()));
    }
    if (!m.parents().isEmpty()) {
      text.put("parents", Json.writeText(m.parents()));
    }
    if (m.role() != null) {
      text.put("role", m.role());
    }
    return text;
  }

  /** Fails unless this is a diff file of a version that this program reads. */
  static void checkVersion(Map<String, String> text) {
    if (!FORMAT.equals(text.get("format"))) {
      throw malformed("format must be " + FORMAT + ", got: " + text.get("format"));
    }
    if (!VERSION.equals(text.get("version"))) {
      throw new DiffstreamException(
          ErrorCode.UNSUPPORTED_VERSION,
          "this program reads version 1 of the diff file, got: " + text.get("version"));
    }
  }

  static Profile profile(Map<String, String> text) {
    try {
      Profile profile = Profile.of(required(text, "profile"));
      if (profile == Profile.COMPACT && text.containsKey(SHAPES)) {
        throw malformed("shapes belong to the plain profile");
      }
      return profile;
    } catch (DiffstreamException e) {
      throw e.code() == ErrorCode.MALFORMED_DIFF ? e : malformed(e.reason());
    }
  }

  static DiffMetadata read(Map<String, String> text) {
    expect(text, "op", "add");
    try {
      return DiffMetadataBuilder.builder()
          .baseDigest(digest(text, "base.digest"))
          .baseName(required(text, "base.name"))
          .baseParameters(number(text, "base.parameters", 1, Long.MAX_VALUE))
          .taskId(required(text, "task.id"))
          .objective(objective(required(text, "task.objective")))
          .method(required(text, "method"))
          .precision(ValuePrecision.of(required(text, "precision")))
          .nonzeros(number(text, "nonzeros", 0, MAX_NONZEROS))
          .labels(strings(required(text, "task.labels"), "task.labels"))
          .features(required(text, "features"))
          .pairEncoding(text.get(PAIR_ENCODING))
          .maxTokens((int) number(text, "tokenizer.maxTokens", 2, 1 << 20))
          .refusesLongTexts(refuses(text.get(LONG_TEXTS)))
          .textPrefix(text.getOrDefault(TEXT_PREFIX, ""))
          .temperature(temperature(text.get(TEMPERATURE)))
          .metrics(metrics(required(text, "metrics")))
          .tokenizerDigest(digest(text, "tokenizer.digest"))
          .dataDigest(digest(text, "data.digest"))
          .seed(number(text, "seed", Long.MIN_VALUE, Long.MAX_VALUE))
          .codeVersion(required(text, "code.version"))
          .parents(parents(text.get("parents")))
          .role(text.get("role"))
          .other(other(text))
          .build();
    } catch (DiffstreamException e) {
      boolean itsOwn =
          e.code() == ErrorCode.MALFORMED_DIFF || e.code() == ErrorCode.UNSUPPORTED_VERSION;
      throw itsOwn ? e : malformed(e.reason());
    }
  }

  /** A newer program may know more objectives; their files are well formed all the same. */
  private static Objective objective(String text) {
    try {
      return Objective.of(text);
    } catch (DiffstreamException e) {
      throw new DiffstreamException(
          ErrorCode.UNSUPPORTED_VERSION, "metadata: task.objective: " + e.reason());
    }
  }

  private static boolean refuses(@Nullable String text) {
    if (text != null && !text.equals(REFUSE)) {
      throw malformed(LONG_TEXTS + " must be refuse, or absent, got: " + Bounded.value(text));
    }
    return text != null;
  }

  private static double temperature(@Nullable String text) {
    if (text == null) {
      return 1;
    }
    try {
      double temperature = Double.parseDouble(text);
      if (temperature > 0 && temperature < Double.POSITIVE_INFINITY && isDecimal(text)) {
        return temperature;
      }
    } catch (NumberFormatException e) {
      // reported below, with what was expected
    }
    throw malformed("temperature must be a decimal number above 0, got: " + Bounded.value(text));
  }

  private static boolean isDecimal(String text) {
    return text.chars().allMatch(c -> (c >= '0' && c <= '9') || ".eE+-".indexOf(c) >= 0);
  }

  private static Map<String, String> other(Map<String, String> text) {
    Map<String, String> other = new TreeMap<>(text);
    other.keySet().removeAll(KNOWN);
    return other;
  }

  private static List<String> parents(@Nullable String json) {
    if (json == null) {
      return List.of();
    }
    List<String> parents = strings(json, "parents");
    parents.stream()
        .filter(parent -> !Sha256.isValid(parent))
        .findFirst()
        .ifPresent(
            parent -> {
              throw malformed("parents must be 64 lower-case hex digits each, got: " + parent);
            });
    return parents;
  }

  /** By parameter, of a plain file. */
  static Map<String, List<Integer>> shapes(Map<String, String> text) {
    Map<String, List<Integer>> shapes = new TreeMap<>();
    JsonNode node = json(required(text, SHAPES), SHAPES);
    if (!node.isObject()) {
      throw malformed("shapes must be a JSON object of arrays");
    }
    node.properties().forEach(p -> shapes.put(p.getKey(), shape(p.getKey(), p.getValue())));
    return shapes;
  }

  private static List<Integer> shape(String name, JsonNode node) {
    List<Integer> shape = new ArrayList<>();
    for (JsonNode dimension : node) {
      if (!dimension.isIntegralNumber() || !dimension.canConvertToInt()) {
        throw malformed("the shape of " + name + " must hold whole numbers, got: " + dimension);
      }
      shape.add(dimension.intValue());
    }
    String fault = node.isArray() ? Shapes.fault(shape) : "no array";
    if (fault != null) {
      throw malformed("the shape of " + name + " has " + fault + ": " + node);
    }
    return List.copyOf(shape);
  }

  private static List<String> strings(String json, String name) {
    List<String> strings = new ArrayList<>();
    JsonNode node = json(json, name);
    if (!node.isArray()) {
      throw malformed(name + " must be a JSON array of strings");
    }
    for (JsonNode string : node) {
      if (!string.isTextual() || !HeaderText.isText(string.textValue())) {
        throw malformed(name + " must hold strings, got: " + string);
      }
      strings.add(string.textValue());
    }
    return strings;
  }

  private static JsonNode json(String json, String name) {
    if (json.indexOf('\0') >= 0) {
      throw malformed(name + " must be JSON, which has no character 0");
    }
    try {
      return Json.parse(json.getBytes(StandardCharsets.UTF_8), name);
    } catch (DiffstreamException e) {
      throw malformed(e.reason());
    }
  }

  private static Map<String, Double> metrics(String json) {
    Map<String, Double> metrics = new TreeMap<>();
    JsonNode node = json(json, "metrics");
    if (!node.isObject()) {
      throw malformed("metrics must be a JSON object of numbers");
    }
    node.properties()
        .forEach(
            p -> {
              double metric = p.getValue().doubleValue();
              if (!p.getValue().isNumber()
                  || !Double.isFinite(metric)
                  || !HeaderText.isText(p.getKey())) {
                throw malformed("metric " + p.getKey() + " must be a number, got: " + p.getValue());
              }
              metrics.put(p.getKey(), metric);
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
