package dev.diffstream.gateway.prediction;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.model.Answer.Fill;
import dev.diffstream.gateway.model.Probabilities;
import dev.diffstream.gateway.output.Entity;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a task says to one text, in the form of its objective. */
sealed interface Prediction {
  /** The least above one half: what a label of a set must have if the caller names no other. */
  double SET_THRESHOLD = Math.nextUp(0.5f);

  /** Whether the end of the text was not read. */
  boolean truncated();

  /** A label and its probability. */
  record Label(String label, float confidence) {}

  /**
   * One label of several that exclude each other.
   *
   * @param label the likeliest; null if it does not reach its threshold
   * @param confidence probability of the likeliest label
   * @param labels with {@code top_k}, the likeliest labels
   */
  record OfClass(
      @JsonInclude(Include.ALWAYS) @Nullable String label,
      float confidence,
      @JsonInclude(Include.NON_EMPTY) List<Label> labels,
      boolean truncated)
      implements Prediction {}

  /** Any number of labels, the likeliest first. */
  record OfLabelSet(List<Label> labels, boolean truncated) implements Prediction {}

  record OfNumber(float score, boolean truncated) implements Prediction {}

  /** Entities in the order of the text. */
  record OfTags(List<Entity> entities, boolean truncated) implements Prediction {}

  /** For each mask token of the text, the likeliest tokens. */
  record OfMasks(List<List<Fill>> fills, boolean truncated) implements Prediction {}

  static Prediction of(
      DiffMetadata task, PredictOptions options, Answer answer, boolean truncated) {
    return switch (answer) {
      case Answer.Scores scores -> ofScores(task, options, scores.logits(), truncated);
      case Answer.Tagged tagged -> new OfTags(Entity.of(tagged, task.labels()), truncated);
      case Answer.Filled filled ->
          new OfMasks(
              filled.fills().stream().map(fills -> options.first(fills)).toList(), truncated);
    };
  }

  private static Prediction ofScores(
      DiffMetadata task, PredictOptions options, float[] logits, boolean truncated) {
    return switch (task.objective().labelling()) {
      case NUMBER -> new OfNumber(logits[0], truncated);
      case LABEL_SET -> {
        List<Label> set =
            ranked(task.labels(), Probabilities.sigmoid(logits)).stream()
                .filter(each -> options.allows(each.label(), each.confidence(), SET_THRESHOLD))
                .toList();
        yield new OfLabelSet(options.first(set), truncated);
      }
      default -> ofClass(ranked(task.labels(), Probabilities.softmax(logits)), options, truncated);
    };
  }

  private static Prediction ofClass(List<Label> ranked, PredictOptions options, boolean truncated) {
    Label best = ranked.getFirst();
    return new OfClass(
        options.allows(best.label(), best.confidence(), 0) ? best.label() : null,
        best.confidence(),
        options.topK() == 0 ? List.of() : options.first(ranked),
        truncated);
  }

  /** The likeliest first; equal ones in the order of the task's labels. */
  private static List<Label> ranked(List<String> labels, float[] probabilities) {
    List<Label> ranked = new ArrayList<>();
    for (int i = 0; i < probabilities.length; i++) {
      ranked.add(new Label(labels.get(i), probabilities[i]));
    }
    ranked.sort(Comparator.comparing(Label::confidence).reversed());
    return ranked;
  }
}
