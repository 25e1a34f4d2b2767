package dev.diffstream.benchmarks.data;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.Objective.Labelling;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.data.Example;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A task to measure by: a directory with {@code train.tsv}, {@code dev.tsv} and {@code test.tsv}.
 *
 * @param labels every label of all training rows, ascending; empty for regression. Of tags, every
 *     one of all rows
 */
public record BenchmarkTask(
    String name,
    Objective objective,
    List<Example> train,
    List<Example> dev,
    List<Example> test,
    List<String> labels) {
  /** The dev rows that a method may choose by. */
  static final int MAX_DEV_ROWS = 1000;

  /** Reads it, and tells the objective from the labels. */
  public static BenchmarkTask read(Path directory) {
    List<LabelledText> rows = rows(directory.resolve("train.tsv"));
    Objective objective = ObjectiveDetection.of(rows);
    List<Example> train = examples(rows, objective);
    List<Example> dev = examples(rows(directory.resolve("dev.tsv")), objective);
    List<Example> test = examples(rows(directory.resolve("test.tsv")), objective);
    TreeSet<String> labels = new TreeSet<>();
    if (objective.labelling() == Labelling.TAGS) {
      // a rare tag may well stand in test alone; it is an answer that no method gives
      Stream.of(train, dev, test).flatMap(List::stream).forEach(e -> labels.addAll(e.labels()));
    } else if (!objective.real()) {
      train.forEach(example -> labels.add(example.label()));
      check(directory.resolve("dev.tsv"), dev, labels);
      check(directory.resolve("test.tsv"), test, labels);
    }
    return new BenchmarkTask(
        directory.getFileName().toString(), objective, train, dev, test, List.copyOf(labels));
  }

  /** By what its test rows are scored. */
  public String metric() {
    return switch (objective.labelling()) {
      case TAGS -> "entity-f1";
      case NUMBER -> "pearson";
      case CLASS, LABEL_SET, NONE -> "accuracy";
    };
  }

  /**
   * The rows of one measurement, the same whenever it is asked for.
   *
   * @param trainRows at most so many, drawn by the seed; all test rows stay
   */
  public DataSet sample(int trainRows, long seed) {
    return new DataSet(
        drawn(train, trainRows, seed),
        drawn(dev, MAX_DEV_ROWS, seed),
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

  private static List<LabelledText> rows(Path file) {
    List<LabelledText> rows = TsvFile.read(file);
    if (rows.isEmpty()) {
      throw new DiffstreamException(ErrorCode.TOO_FEW_EXAMPLES, file + " has no rows");
    }
    return rows;
  }

  private static void check(Path file, List<Example> rows, TreeSet<String> labels) {
    for (Example row : rows) {
      if (!labels.contains(row.label())) {
        throw new DiffstreamException(
            ErrorCode.LABEL_MISMATCH,
            file + " has the label \"" + row.label() + "\", which no training row carries");
      }
    }
  }

  private static List<Example> examples(List<LabelledText> rows, Objective objective) {
    return rows.stream().map(row -> example(row, objective)).toList();
  }

  private static Example example(LabelledText row, Objective objective) {
    return switch (objective.labelling()) {
      case NUMBER -> new Example(row.text(), row.textPair(), "", Float.parseFloat(row.label()));
      case TAGS -> new Example(row.text().strip(), null, "", 0, List.of(row.label().split(" ")));
      case CLASS, LABEL_SET, NONE -> new Example(row.text(), row.textPair(), row.label(), 0);
    };
  }
}
