package dev.diffstream.benchmarks.data;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.data.Example;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;

/**
 * A task to measure by: a directory with {@code train.tsv}, {@code dev.tsv} and {@code test.tsv}.
 *
 * @param labels every label of all training rows, ascending; empty for regression
 */
public record BenchmarkTask(
    String name,
    Objective objective,
    List<Example> train,
    List<Example> dev,
    List<Example> test,
    List<String> labels) {
  /** The dev rows that a method may choose by. */
  static final int MOST_DEV_ROWS = 1000;

  /** Empty if the task is one that no method can learn. */
  public static Optional<BenchmarkTask> read(Path directory) {
    List<LabelledText> rows = TsvFile.read(directory.resolve("train.tsv"));
    if (rows.isEmpty()) {
      throw new DiffstreamException(
          ErrorCode.TOO_FEW_EXAMPLES, directory.resolve("train.tsv") + " has no rows");
    }
    return ObjectiveDetection.of(rows).map(objective -> read(directory, objective, rows));
  }

  private static BenchmarkTask read(
      Path directory, Objective objective, List<LabelledText> trainRows) {
    List<Example> train = examples(trainRows, objective);
    TreeSet<String> labels = new TreeSet<>();
    if (!objective.real()) {
      train.forEach(example -> labels.add(example.label()));
    }
    List<Example> dev = heldOut(directory.resolve("dev.tsv"), objective, labels);
    List<Example> test = heldOut(directory.resolve("test.tsv"), objective, labels);
    return new BenchmarkTask(
        directory.getFileName().toString(), objective, train, dev, test, List.copyOf(labels));
  }

  /**
   * The rows of one measurement, the same whenever it is asked for.
   *
   * @param trainRows at most so many, drawn by the seed; all test rows stay
   */
  public DataSet sample(int trainRows, long seed) {
    return new DataSet(
        drawn(train, trainRows, seed),
        drawn(dev, MOST_DEV_ROWS, seed),
        test,
        labels,
        List.of(),
        0,
        "");
  }

  private static List<Example> drawn(List<Example> rows, int most, long seed) {
    if (rows.size() <= most) {
      return rows;
    }
    List<Example> shuffled = new ArrayList<>(rows);
    Collections.shuffle(shuffled, new Random(seed));
    return shuffled.subList(0, most);
  }

  private static List<Example> heldOut(Path file, Objective objective, TreeSet<String> labels) {
    List<Example> rows = examples(TsvFile.read(file), objective);
    if (rows.isEmpty()) {
      throw new DiffstreamException(ErrorCode.TOO_FEW_EXAMPLES, file + " has no rows");
    }
    for (Example row : rows) {
      if (!objective.real() && !labels.contains(row.label())) {
        throw new DiffstreamException(
            ErrorCode.LABEL_MISMATCH,
            file + " has the label \"" + row.label() + "\", which no training row carries");
      }
    }
    return rows;
  }

  private static List<Example> examples(List<LabelledText> rows, Objective objective) {
    return rows.stream()
        .map(
            row ->
                objective.real()
                    ? new Example(row.text(), row.textPair(), "", Float.parseFloat(row.label()))
                    : new Example(row.text(), row.textPair(), row.label(), 0))
        .toList();
  }
}
