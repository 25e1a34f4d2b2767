package dev.diffstream.worker.learning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Every setting of the methods, resolved: what a task event leaves out or calls {@code "auto"} is
 * chosen from its objective and the size of its data.
 *
 * @param seed of every random choice
 * @param batchSize examples per step
 * @param maxTokens texts are cut to this many tokens
 * @param stage1Steps steps with gates; auto: three epochs, at least 200 and at most 2,000. A gate
 *     needs 42 steps to close however large the penalty is, see learning notes
 * @param stage1Rate learning rate of w in stage 1, linear to 0
 * @param gateRate learning rate of alpha, constant
 * @param lambda penalty per open gate at the first step; auto: 6.5e-4 / stage1Steps. It is then
 *     steered toward the target share
 * @param targetShare of all base parameters that stage 1 should leave nonzero; auto: three times
 *     the density
 * @param stage3Steps steps with the mask fixed; auto: five epochs, at least 120 and at most 3,000;
 *     for tags ten, at least 240
 * @param stage3Rate learning rate of w in stage 3, linear to 0; auto: by the objective
 * @param roundedSteps steps with the values rounded, for precisions below 16 bits; auto: two
 *     epochs, at least 60 and at most 600
 * @param roundedRate learning rate of w in these, linear to 0; that of the head is lowered in the
 *     same proportion
 * @param headRate learning rate of the dense head, linear to 0 in each stage
 * @param patience looks at the dev score without a better one after which a stage has settled
 * @param structured whether diff pruning gives each named tensor a gate of its own
 * @param fullSteps steps that train every parameter (full fine-tuning, the lottery ticket's first
 *     half) or the head alone; auto: five epochs, at least 120 and at most 3,000
 * @param fullRate learning rate of these, linear to 0
 * @param maskScore what a fixed mask is chosen by: fish, snip, grad, wm or rand
 * @param headSteps steps of the head alone before a fixed mask is scored; auto: an epoch, at least
 *     60 and at most 300
 * @param scoreRows training rows whose gradients score a fixed mask
 * @param dropout share of units that training steps drop after the embeddings and after each
 *     layer's attention and feed-forward output, in every stage
 * @param compute the number format of training passes: fp32, bf16, or auto, which is bf16 on a GPU
 *     and fp32 on a processor
 */
public record TrainingSettings(
    long seed,
    int batchSize,
    int maxTokens,
    int stage1Steps,
    double stage1Rate,
    double gateRate,
    double lambda,
    double targetShare,
    int stage3Steps,
    double stage3Rate,
    int roundedSteps,
    double roundedRate,
    double headRate,
    int patience,
    boolean structured,
    int fullSteps,
    double fullRate,
    String maskScore,
    int headSteps,
    int scoreRows,
    double dropout,
    String compute) {

  /** The settings, and the names in the event that mean nothing to this method. */
  public record Resolved(TrainingSettings settings, List<String> unknown) {}

  /**
   * INVALID_EVENT for a value out of range, with the range.
   *
   * @param density the largest that is tried
   * @param positions the longest text that the base takes, in tokens
   */
  public static Resolved resolve(
      @Nullable Map<String, JsonNode> given,
      Objective objective,
      double density,
      int trainingRows,
      int positions) {
    boolean tags = objective.labelling() == Objective.Labelling.TAGS;
    Values values = new Values(given == null ? Map.of() : given);
    long seed = values.whole("seed", 42, 0, 1L << 53);
    int batchSize = (int) values.whole("batchSize", 16, 1, 256);
    int maxTokens = (int) values.whole("maxTokens", Math.min(128, positions), 4, positions);
    int epoch = Math.max(1, trainingRows / batchSize);
    int stage1Steps =
        (int) values.whole("stage1Steps", Math.clamp(3L * epoch, 200, 2_000), 200, 100_000);
    long epochs = tags ? 10 : 5;
    double stage3Rate = values.number("stage3Rate", stage3Rate(objective), 0, 1);
    TrainingSettings settings =
        new TrainingSettings(
            seed,
            batchSize,
            maxTokens,
            stage1Steps,
            values.number("stage1Rate", tags ? 3e-4 : 1e-4, 0, 1),
            values.number("gateRate", 0.1, 0, 10),
            values.number("lambda", 6.5e-4 / stage1Steps, 0, 1),
            values.number("targetShare", Math.min(0.5, 3 * density), 0, 1),
            (int)
                values.whole(
                    "stage3Steps", Math.clamp(epochs * epoch, 24 * epochs, 3_000), 1, 100_000),
            stage3Rate,
            (int) values.whole("roundedSteps", Math.clamp(2L * epoch, 60, 600), 1, 100_000),
            values.number("roundedRate", stage3Rate / 5, 0, 1),
            values.number("headRate", tags ? 5e-3 : 1e-3, 0, 1),
            (int) values.whole("patience", 6, 1, 1_000),
            values.truth("structured", true),
            (int) values.whole("fullSteps", Math.clamp(5L * epoch, 120, 3_000), 1, 100_000),
            values.number("fullRate", tags ? 3e-4 : 1e-4, 0, 1),
            values.word("maskScore", "snip"),
            (int) values.whole("headSteps", Math.clamp(epoch, 60, 300), 1, 100_000),
            (int) values.whole("scoreRows", Math.min(1024, trainingRows), 1, 1_000_000),
            values.number("dropout", 0, 0, 0.9),
            values.oneOf("compute", "auto", List.of("fp32", "bf16")));
    return new Resolved(settings, values.unknown());
  }

  /** Found on the dev rows of one task each: docs/decisions/0019. */
  private static double stage3Rate(Objective objective) {
    return switch (objective.labelling()) {
      case CLASS, LABEL_SET, NONE -> 5e-4;
      case NUMBER -> 2e-3;
      case TAGS -> 6e-3;
    };
  }

  /** All learning rates, for a message. */
  public String rates() {
    return "stage1Rate %s, stage3Rate %s, headRate %s, fullRate %s"
        .formatted(stage1Rate, stage3Rate, headRate, fullRate);
  }

  /** Name and value of each, for the run report. */
  public Map<String, String> asText() {
    Map<String, String> text = new TreeMap<>();
    for (var component : TrainingSettings.class.getRecordComponents()) {
      try {
        text.put(component.getName(), String.valueOf(component.getAccessor().invoke(this)));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(component.getName(), e);
      }
    }
    return text;
  }

  private static final class Values {
    private final Map<String, JsonNode> given;
    private final List<String> unknown;

    Values(Map<String, JsonNode> given) {
      this.given = given;
      this.unknown = new ArrayList<>(given.keySet());
    }

    long whole(String name, long auto, long min, long max) {
      double value = number(name, auto, min, max);
      if (value != Math.rint(value)) {
        throw new DiffstreamException(
            ErrorCode.INVALID_EVENT,
            "settings." + name + " must be \"auto\" or a whole number, got: " + value);
      }
      return (long) value;
    }

    boolean truth(String name, boolean auto) {
      JsonNode node = take(name);
      if (node == null) {
        return auto;
      }
      if (!node.isBoolean()) {
        throw refused(name, "true or false", node);
      }
      return node.booleanValue();
    }

    String word(String name, String auto) {
      JsonNode node = take(name);
      if (node == null) {
        return auto;
      }
      if (!node.isTextual()) {
        throw refused(name, "a word", node);
      }
      return node.textValue();
    }

    String oneOf(String name, String auto, List<String> words) {
      String word = word(name, auto);
      if (!word.equals(auto) && !words.contains(word)) {
        throw refused(name, "one of " + words, TextNode.valueOf(word));
      }
      return word;
    }

    double number(String name, double auto, double min, double max) {
      JsonNode node = take(name);
      if (node == null) {
        return auto;
      }
      double value = node.doubleValue();
      if (!node.isNumber() || !(value >= min && value <= max)) {
        throw refused(name, "a number from " + min + " to " + max, node);
      }
      return value;
    }

    /** The value that was given, null for none or {@code "auto"}. */
    private @Nullable JsonNode take(String name) {
      unknown.remove(name);
      JsonNode node = given.get(name);
      boolean auto = node != null && node.isTextual() && node.textValue().equals("auto");
      return auto ? null : node;
    }

    private static DiffstreamException refused(String name, String expected, JsonNode actual) {
      return new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "settings.%s must be \"auto\" or %s, got: %s".formatted(name, expected, actual));
    }

    List<String> unknown() {
      return List.copyOf(unknown);
    }
  }
}
