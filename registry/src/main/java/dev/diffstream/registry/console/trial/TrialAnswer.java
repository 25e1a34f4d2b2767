package dev.diffstream.registry.console.trial;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.registry.console.Words;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a version answers to a text.
 *
 * @param alias of the version
 * @param label null where the task gives none
 * @param scores the likeliest first
 * @param other the outputs of a task that gives no label
 * @param labels that may be the right one; empty where answers cannot be corrected
 * @param problem null where it answered
 */
record TrialAnswer(
    String taskId,
    String alias,
    long version,
    String digest,
    @Nullable String label,
    List<Score> scores,
    String other,
    List<String> labels,
    @Nullable String problem) {
  private static final int MAX_SCORES = 5;

  /** Of a label, in percent. */
  record Score(String label, String percent, double share) {}

  static TrialAnswer failed(String taskId, String alias, long version, String problem) {
    return new TrialAnswer(taskId, alias, version, "", null, List.of(), "", List.of(), problem);
  }

  /** Of an answer by the Open Inference Protocol. */
  static TrialAnswer of(String taskId, String alias, long version, JsonNode answer) {
    JsonNode label = output(answer, "label");
    List<String> labels = new ArrayList<>();
    answer.at("/parameters/labels").forEach(name -> labels.add(name.asText()));
    boolean single = label.isArray() && !labels.isEmpty();
    return new TrialAnswer(
        taskId,
        alias,
        version,
        answer.at("/parameters/digest").asText(),
        single ? label.path(0).asText() : null,
        single ? scores(labels, output(answer, "scores")) : List.of(),
        single ? "" : answer.path("outputs").toString(),
        single ? List.copyOf(labels) : List.of(),
        null);
  }

  private static JsonNode output(JsonNode answer, String name) {
    for (JsonNode output : answer.path("outputs")) {
      if (output.path("name").asText().equals(name)) {
        return output.path("data");
      }
    }
    return com.fasterxml.jackson.databind.node.MissingNode.getInstance();
  }

  private static List<Score> scores(List<String> labels, JsonNode shares) {
    List<Score> scores = new ArrayList<>();
    for (int i = 0; i < Math.min(labels.size(), shares.size()); i++) {
      double share = shares.path(i).asDouble();
      scores.add(new Score(labels.get(i), Words.number(100 * share) + " %", share));
    }
    return scores.stream()
        .sorted(Comparator.comparingDouble(Score::share).reversed())
        .limit(MAX_SCORES)
        .toList();
  }
}
