package dev.diffstream.worker.learning.steps;

import dev.diffstream.base.encoder.Head;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.evaluation.Evaluation;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import java.util.List;
import java.util.stream.IntStream;

/** Scores the base as it stands on the dev rows: at most 1,000, evenly spread. */
public final class DevScore {
  private static final int MAX_ROWS = 1000;

  private final LearningTask task;
  private final Meter meter;
  private final List<Row> rows;

  /**
   * @param meter is told each score
   */
  public DevScore(LearningTask task, Meter meter) {
    this.task = task;
    this.meter = meter;
    List<Row> all = task.examples().dev();
    int stride = (all.size() + MAX_ROWS - 1) / MAX_ROWS;
    this.rows =
        IntStream.range(0, all.size()).filter(i -> i % stride == 0).mapToObj(all::get).toList();
  }

  public Evaluation of(Head head) {
    Evaluation evaluation =
        Evaluation.of(task.encoder(), head, task.examples(), rows, task.interruption());
    meter.devScore(evaluation.score());
    return evaluation;
  }
}
