package dev.diffstream.gateway.prediction;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The probability that a label must have to be given.
 *
 * @param ofAll for labels that have none of their own; empty: that of the objective
 * @param byLabel by label
 */
record Thresholds(OptionalDouble ofAll, Map<String, Double> byLabel) {
  static final Thresholds NONE = new Thresholds(OptionalDouble.empty(), Map.of());

  Thresholds {
    byLabel = Map.copyOf(byLabel);
  }

  /** A number for all labels, or an object with a number for each label that has its own. */
  static Thresholds read(JsonNode json) {
    if (json.isNumber()) {
      return new Thresholds(OptionalDouble.of(probability(json)), Map.of());
    }
    if (!json.isObject()) {
      throw invalid(json);
    }
    Map<String, Double> byLabel = new HashMap<>();
    json.properties().forEach(entry -> byLabel.put(entry.getKey(), probability(entry.getValue())));
    return new Thresholds(OptionalDouble.empty(), byLabel);
  }

  private static double probability(JsonNode json) {
    double value = json.asDouble(-1);
    if (!json.isNumber() || value < 0 || value > 1) {
      throw invalid(json);
    }
    return value;
  }

  private static DiffstreamException invalid(JsonNode json) {
    return new DiffstreamException(
        ErrorCode.INVALID_REQUEST,
        "thresholds must be a number from 0 to 1, or an object with such a number for labels, got: "
            + Bounded.value(json.toString()));
  }

  boolean isNone() {
    return ofAll.isEmpty() && byLabel.isEmpty();
  }

  /** INVALID_REQUEST for a label that the task does not have. */
  void check(List<String> labels) {
    for (String label : byLabel.keySet()) {
      if (!labels.contains(label)) {
        throw new DiffstreamException(
            ErrorCode.INVALID_REQUEST,
            "thresholds name the label \""
                + Bounded.value(label)
                + "\"; the task's labels are "
                + Bounded.value(labels.toString()));
      }
    }
  }

  /** Whether a label with this probability is given. */
  boolean allow(String label, float probability, double otherwise) {
    Double own = byLabel.get(label);
    return probability >= (own != null ? own : ofAll.orElse(otherwise));
  }
}
