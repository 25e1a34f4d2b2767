package dev.diffstream.worker.learning.evaluation;

import dev.diffstream.base.encoder.Encoder;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.run.Confusion;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import dev.diffstream.worker.metrics.ClassOutcome;
import dev.diffstream.worker.metrics.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * How well the base as it stands, with a head, answers labelled rows.
 *
 * @param score the objective's primary metric, see docs/objectives.md
 * @param loss mean loss, to tell equal scores apart
 */
public record Evaluation(double score, double loss) implements Comparable<Evaluation> {
  private static final int BATCH = 32;

  /**
   * Better is greater: by score, then by lower loss. Where one of them is no number the answers
   * were none, and every evaluation with numbers is better.
   */
  @Override
  public int compareTo(Evaluation other) {
    int byNumbers = Boolean.compare(hasNumbers(), other.hasNumbers());
    if (byNumbers != 0) {
      return byNumbers;
    }
    int byScore = Double.compare(score, other.score);
    return byScore != 0 ? byScore : Double.compare(other.loss, loss);
  }

  /** Whether this is a better evaluation by more than its loss. */
  public boolean hasBetterScoreThan(Evaluation other) {
    return hasNumbers() && (!other.hasNumbers() || score > other.score);
  }

  private boolean hasNumbers() {
    return !Double.isNaN(score) && !Double.isNaN(loss);
  }

  public static Evaluation of(Encoder encoder, Head head, EncodedDataSet data, List<Row> rows) {
    return of(encoder, head, data, rows, () -> {});
  }

  /**
   * As {@link #of(Encoder, Head, EncodedDataSet, List)}.
   *
   * @param interruption called before each batch; what it throws ends the evaluation
   */
  public static Evaluation of(
      Encoder encoder, Head head, EncodedDataSet data, List<Row> rows, Runnable interruption) {
    Answers answers = answers(encoder, head, data, rows, interruption);
    return new Evaluation(answers.outcome().score(), answers.loss());
  }

  /**
   * As {@link #of(Encoder, Head, EncodedDataSet, List)}, of answers that are computed elsewhere.
   *
   * @param logits of a row: one vector for the text, or one for each token that is asked of it
   */
  public static Evaluation of(
      EncodedDataSet data, List<Row> rows, Function<Row, List<float[]>> logits) {
    Answers answers = Answers.of(data);
    rows.forEach(row -> answers.add(row, logits.apply(row)));
    return new Evaluation(answers.outcome().score(), answers.loss());
  }

  /**
   * Every metric with its interval, the loss, and under {@code majority} the score of the best
   * constant answer on the same rows.
   *
   * @param interruption called before each batch; what it throws ends the evaluation
   */
  public static Map<String, Double> figures(
      Encoder encoder, Head head, EncodedDataSet data, List<Row> rows, Runnable interruption) {
    return details(encoder, head, data, rows, interruption).figures();
  }

  /**
   * As {@link #figures}, with what was taken for what.
   *
   * @param interruption called before each batch; what it throws ends the evaluation
   */
  public static Details details(
      Encoder encoder, Head head, EncodedDataSet data, List<Row> rows, Runnable interruption) {
    Answers answers = answers(encoder, head, data, rows, interruption);
    Outcome outcome = answers.outcome();
    Map<String, Double> figures = new TreeMap<>(outcome.figures());
    figures.put("loss", answers.loss());
    figures.put("majority", majority(data, rows));
    Optional<Confusion> confusion =
        outcome instanceof ClassOutcome classes
            ? Optional.of(confusion(classes, data.labels()))
            : Optional.empty();
    return new Details(figures, confusion);
  }

  /**
   * All that is told of some rows.
   *
   * @param figures every metric with its interval, the loss and the majority's score
   * @param confusion where a row has one label
   */
  public record Details(Map<String, Double> figures, Optional<Confusion> confusion) {}

  private static Confusion confusion(ClassOutcome classes, List<String> labels) {
    long[][] rows = classes.confusion();
    List<Confusion.Cell> cells = new ArrayList<>();
    for (int expected = 0; expected < rows.length; expected++) {
      for (int answered = 0; answered < rows.length; answered++) {
        if (rows[expected][answered] > 0) {
          cells.add(
              new Confusion.Cell(
                  labels.get(expected), labels.get(answered), rows[expected][answered]));
        }
      }
    }
    return Confusion.of(cells);
  }

  /**
   * Every metric with its interval of a head whose outputs have other labels, or the same in
   * another order. A label that the head does not have is never answered; one that the rows do not
   * have is a wrong answer.
   *
   * @param headLabels by output; as empty as the labels of {@code data} for numbers and masked
   *     tokens, whose outputs stand for themselves
   * @param interruption called before each batch; what it throws ends the evaluation
   */
  public static Map<String, Double> figuresOfOtherLabels(
      Encoder encoder,
      Head head,
      List<String> headLabels,
      EncodedDataSet data,
      Runnable interruption) {
    LabelMapping mapping = LabelMapping.of(headLabels, data);
    Answers answers =
        answers(encoder, head, mapping.data(), data.test(), interruption, mapping::logits);
    return answers.outcome().figures();
  }

  /** The score of the best answer that is the same for all rows. */
  public static double majority(EncodedDataSet data, List<Row> rows) {
    return MajorityBaseline.score(data, rows);
  }

  private static Answers answers(
      Encoder encoder, Head head, EncodedDataSet data, List<Row> rows, Runnable interruption) {
    return answers(encoder, head, data, rows, interruption, logits -> logits);
  }

  private static Answers answers(
      Encoder encoder,
      Head head,
      EncodedDataSet data,
      List<Row> rows,
      Runnable interruption,
      UnaryOperator<float[][]> mapping) {
    Answers answers = Answers.of(data);
    for (int from = 0; from < rows.size(); from += BATCH) {
      interruption.run();
      List<Row> batch = rows.subList(from, Math.min(rows.size(), from + BATCH));
      List<float[]> logits = Arrays.asList(mapping.apply(data.logits(encoder, head, batch)));
      int at = 0;
      for (Row row : batch) {
        int to = at + row.target().terms();
        answers.add(row, logits.subList(at, to));
        at = to;
      }
    }
    return answers;
  }
}
