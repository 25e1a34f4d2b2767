package dev.diffstream.gateway.tei;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.inference.Outcome;
import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.model.Probabilities;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.event.Objective.Labelling;
import dev.diffstream.schemas.json.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What {@code predict} answers.
 *
 * @param diff which answered
 * @param truncated whether a text was cut
 */
@SuppressWarnings("ArrayRecordComponent") // written once
public record TeiAnswer(ResidentDiff diff, byte[] body, boolean truncated) {
  /** The label of a task that gives a number. */
  private static final String NUMBER = "score";

  /** A label and its score. */
  private record Score(float score, String label) {}

  /** INVALID_REQUEST for a task that gives neither labels nor a number. */
  public static void expectScores(DiffMetadata task) {
    Labelling labelling = task.objective().labelling();
    if (labelling == Labelling.TAGS || labelling == Labelling.NONE) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "predict is for tasks that give labels or a number; the objective of task %s is %s: ask it at /v1/tasks/%s/predict"
              .formatted(task.taskId(), task.objective().text(), task.taskId()));
    }
  }

  /**
   * Scores of all labels, the highest first: of a text alone, or a list of them for a batch.
   *
   * @throws RuntimeException the reason of the first text that has no answer
   */
  public static TeiAnswer of(
      ResidentDiff diff, boolean single, boolean rawScores, List<Outcome> outcomes) {
    List<List<Score>> texts = new ArrayList<>();
    boolean truncated = false;
    for (Outcome outcome : outcomes) {
      switch (outcome) {
        case Outcome.Computed(Answer answer, boolean cut) -> {
          texts.add(scores(diff.metadata(), ((Answer.Scores) answer).logits(), rawScores));
          truncated |= cut;
        }
        case Outcome.Failed(RuntimeException reason) -> throw reason;
      }
    }
    Object body = single ? texts.getFirst() : texts;
    return new TeiAnswer(diff, Json.writeUnsorted(body), truncated);
  }

  private static List<Score> scores(DiffMetadata task, float[] logits, boolean raw) {
    float[] scores =
        switch (task.objective().labelling()) {
          case NUMBER -> logits;
          case LABEL_SET -> raw ? logits : Probabilities.sigmoid(logits);
          default -> raw ? logits : Probabilities.softmax(logits);
        };
    List<Score> ranked = new ArrayList<>();
    for (int i = 0; i < scores.length; i++) {
      String label = task.labels().isEmpty() ? NUMBER : task.labels().get(i);
      ranked.add(new Score(scores[i], label));
    }
    ranked.sort(Comparator.comparing(Score::score).reversed());
    return ranked;
  }
}
