package dev.diffstream.cli.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.diff.arithmetic.RoundedDiff;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.Objective.Labelling;
import dev.diffstream.schemas.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/** Makes a diff of what was imported and of what a person says of the task. */
public final class TaskDescription {
  /** What the metadata calls the way by which an imported diff came to be. */
  public static final String METHOD = "import";

  private static final String TASK = "task.id";
  private static final String OBJECTIVE = "task.objective";
  private static final String LABELS = "task.labels";
  private static final String DATA = "data.digest";
  private static final String MAX_TOKENS = "tokenizer.maxTokens";
  private static final String PAIR_ENCODING = "pair.encoding";
  private static final Map<String, String> OPTIONS =
      Map.of(
          TASK, "--task",
          OBJECTIVE, "--objective",
          LABELS, "--labels",
          DATA, "--data-digest",
          MAX_TOKENS, "--max-tokens");

  private final Map<String, String> facts;

  /**
   * @param told what a person says, by the keys of the diff file's metadata; it goes before what
   *     the import says
   */
  public TaskDescription(Imported imported, Map<String, String> told) {
    facts = new TreeMap<>(imported.facts().entries());
    facts.putAll(told);
  }

  /**
   * The diff, without probes.
   *
   * @throws DiffstreamException INVALID_REQUEST that names every fact that neither says, or one
   *     that is no such fact, or a value beyond the precision; BASE_MISMATCH if the import says
   *     that it belongs to another base
   */
  public RoundedDiff diff(Imported imported, Base base, ValuePrecision precision) {
    expectBase("base.digest", base.digest());
    expectBase("tokenizer.digest", base.inputDigest());
    Diff.Head head = imported.head();
    requireAll(head != null);
    if (head == null) {
      throw new IllegalStateException("refused before");
    }
    Objective objective = Objective.of(fact(OBJECTIVE));
    expectOutputs(objective, labels(objective), head);
    DiffMetadata metadata = metadata(imported, base, objective, precision);
    return RoundedDiff.of(new Diff(metadata, imported.tensors(), head, null), precision);
  }

  private DiffMetadata metadata(
      Imported imported, Base base, Objective objective, ValuePrecision precision) {
    String pairEncoding = facts.get(PAIR_ENCODING);
    if (pairEncoding != null && !objective.pairs()) {
      throw invalid(
          "expected no pair.encoding for objective %s, got %s"
              .formatted(objective.text(), pairEncoding));
    }
    return DiffMetadata.learned()
        .baseDigest(base.digest())
        .baseName(base.name())
        .baseParameters(base.parameters().stream().mapToLong(Parameter::size).sum())
        .taskId(new TaskId(fact(TASK)).value())
        .objective(objective)
        .method(facts.getOrDefault("method", METHOD))
        .precision(precision)
        .nonzeros(imported.tensors().stream().mapToLong(tensor -> tensor.positions().length).sum())
        .labels(labels(objective))
        .features(base.featureKind(objective, PairEncoding.ofFile(pairEncoding)))
        .pairEncoding(pairEncoding)
        .maxTokens((int) number(MAX_TOKENS, 2, base.maxTextTokens()))
        .refusesLongTexts("refuse".equals(facts.get("text.long")))
        .textPrefix(facts.getOrDefault("text.prefix", ""))
        .temperature(temperature())
        .metrics(metrics())
        .tokenizerDigest(base.inputDigest())
        .dataDigest(dataDigest())
        .seed(number("seed", Long.MIN_VALUE, Long.MAX_VALUE))
        .codeVersion(facts.getOrDefault("code.version", METHOD))
        .parents(facts.containsKey("parents") ? strings("parents") : List.of())
        .role(facts.get("role"))
        .other(Map.of())
        .build();
  }

  private void requireAll(boolean head) {
    StringJoiner missing = new StringJoiner(", ");
    for (String key : List.of(TASK, OBJECTIVE, LABELS, DATA, MAX_TOKENS)) {
      boolean needed = !key.equals(LABELS) || needsLabels();
      if (needed && !facts.containsKey(key)) {
        missing.add(key + " (" + OPTIONS.get(key) + ")");
      }
    }
    if (!head) {
      missing.add("the head (--head)");
    }
    if (missing.length() > 0) {
      throw invalid("the source does not say, and no option does: " + missing);
    }
  }

  private boolean needsLabels() {
    String objective = facts.get(OBJECTIVE);
    return objective == null || named(Objective.of(objective));
  }

  private static boolean named(Objective objective) {
    return objective.labelling() != Labelling.NUMBER && objective.labelling() != Labelling.NONE;
  }

  private List<String> labels(Objective objective) {
    return named(objective) ? strings(LABELS) : List.of();
  }

  private List<String> strings(String key) {
    List<String> strings = new ArrayList<>();
    for (JsonNode string : Json.parse(fact(key).getBytes(StandardCharsets.UTF_8), key)) {
      strings.add(string.asText());
    }
    return strings;
  }

  private static void expectOutputs(Objective objective, List<String> labels, Diff.Head head) {
    int outputs =
        switch (objective.labelling()) {
          case NUMBER -> 1;
          case NONE -> head.outputs();
          default -> labels.size();
        };
    if (head.outputs() != outputs) {
      throw new DiffstreamException(
          ErrorCode.LABEL_MISMATCH,
          "the import: expected a head with %d outputs, as the labels say, got %d"
              .formatted(outputs, head.outputs()));
    }
  }

  private Map<String, Double> metrics() {
    Map<String, Double> metrics = new TreeMap<>();
    String text = facts.getOrDefault("metrics", "{}");
    Json.parse(text.getBytes(StandardCharsets.UTF_8), "metrics")
        .properties()
        .forEach(field -> metrics.put(field.getKey(), field.getValue().asDouble()));
    return metrics;
  }

  private String dataDigest() {
    String digest = fact(DATA);
    if (!Sha256.isValid(digest)) {
      throw invalid("data.digest must be 64 lower-case hex digits, got: " + digest);
    }
    return digest;
  }

  private long number(String key, long least, long most) {
    String text = facts.getOrDefault(key, "0");
    try {
      long number = Long.parseLong(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // reported below, with what was expected
    }
    throw invalid("%s must be a number from %d to %d, got: %s".formatted(key, least, most, text));
  }

  private double temperature() {
    String text = facts.getOrDefault("temperature", "1");
    try {
      double temperature = Double.parseDouble(text);
      if (temperature > 0 && temperature < Double.POSITIVE_INFINITY) {
        return temperature;
      }
    } catch (NumberFormatException e) {
      // reported below, with what was expected
    }
    throw invalid("temperature must be a decimal number above 0, got: " + text);
  }

  private void expectBase(String key, String expected) {
    String actual = facts.getOrDefault(key, expected);
    if (!actual.equals(expected)) {
      throw new DiffstreamException(
          ErrorCode.BASE_MISMATCH,
          "the import: expected %s %s, got %s".formatted(key, expected, actual));
    }
  }

  private String fact(String key) {
    String fact = facts.get(key);
    if (fact == null) {
      throw invalid("the source does not say " + key);
    }
    return fact;
  }

  private static DiffstreamException invalid(String what) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, "the import: " + what);
  }
}
