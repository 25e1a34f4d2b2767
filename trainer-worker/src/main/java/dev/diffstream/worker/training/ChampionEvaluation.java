package dev.diffstream.worker.training;

import static dev.diffstream.schemas.diff.model.PairEncoding.JOINT;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.input.TextReading;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.run.RunReport.ChampionMetrics;
import dev.diffstream.service.StoredDiffs;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.evaluation.Evaluation;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import dev.diffstream.worker.run.Run;
import dev.diffstream.worker.run.StoredChampion;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Evaluates the task's champion on the held-out rows of a new diff. */
final class ChampionEvaluation {
  private static final long MAX_DIFF_BYTES = 256 << 20;

  private final TrainingEnvironment environment;

  ChampionEvaluation(TrainingEnvironment environment) {
    this.environment = environment;
  }

  /**
   * The champion's metrics, or empty if the task has no champion, or one that cannot be compared:
   * then a warning in the report says why.
   *
   * @throws DiffstreamException with a retryable code if the store stays away
   */
  Optional<ChampionMetrics> of(Run run, LearningTask learning, DataSet data) {
    Optional<AliasTarget> champion =
        environment
            .retry()
            .get(
                "reading the champion of " + run.task().taskId(),
                () -> StoredChampion.of(environment.store(), new TaskId(run.task().taskId())));
    if (champion.isEmpty()) {
      return Optional.empty();
    }
    AliasTarget target = champion.get();
    try {
      return Optional.of(
          new ChampionMetrics(
              target.version(), target.digest(), metrics(run, target, learning, data)));
    } catch (DiffstreamException e) {
      if (e.code().retryable()) {
        throw e;
      }
      run.warn(
          "gate.over champion: version %d could not be compared, the gate is over the majority: %s"
              .formatted(target.version(), e.reason()));
      return Optional.empty();
    }
  }

  private Map<String, Double> metrics(
      Run run, AliasTarget target, LearningTask learning, DataSet data) {
    Base base = environment.base();
    expect("base", base.digest(), target.baseDigest());
    byte[] file =
        environment
            .retry()
            .get(
                "reading the champion's diff " + target.digest(),
                () ->
                    StoredDiffs.fetch(
                        environment.store(),
                        target.digest(),
                        MAX_DIFF_BYTES,
                        environment.trustedKeys()));
    Diff champion = DiffReader.read(file);
    DiffMetadata metadata = champion.metadata();
    expect("base", base.digest(), metadata.baseDigest());
    expect("tokenizer", base.inputDigest(), metadata.tokenizerDigest());
    expect("objective", run.task().objective().text(), metadata.objective().text());
    EncodedDataSet rows = rows(learning, data, TextReading.of(metadata));
    Overlay overlay = new Overlay(base);
    overlay.apply(delta(champion));
    try {
      Map<String, Double> metrics =
          new TreeMap<>(
              Evaluation.figuresOfOtherLabels(
                  base.encoder(),
                  HeadValues.inFile(champion.head()).toHead(),
                  metadata.labels(),
                  rows,
                  learning.interruption()));
      metrics.put("testRows", (double) rows.test().size());
      return metrics;
    } finally {
      overlay.restore();
    }
  }

  /** The rows as the champion reads them: its pairs in its own way, cut to its own tokens. */
  private EncodedDataSet rows(LearningTask learning, DataSet data, TextReading reading) {
    EncodedDataSet learned = learning.examples();
    if (reading.equals(learned.reading())) {
      return learned;
    }
    Base base = environment.base();
    int maxTokens = reading.maxTokens();
    if (base.readsText() && (maxTokens < 1 || maxTokens > base.maxTextTokens())) {
      throw mismatch("maxTokens of at most " + base.maxTextTokens(), Integer.toString(maxTokens));
    }
    int least = base.minJointTokens().orElse(0);
    if (learned.objective().pairs() && reading.pairs() == JOINT && maxTokens < least) {
      throw mismatch("maxTokens of at least " + least, Integer.toString(maxTokens));
    }
    return EncodedDataSet.of(data, learned.objective(), base, reading, learning.interruption());
  }

  private static SparseDelta delta(Diff diff) {
    return new SparseDelta(
        diff.tensors().stream()
            .map(t -> new SparseDelta.Entry(t.name(), t.positions(), t.values()))
            .toList());
  }

  private static void expect(String what, String expected, String actual) {
    if (!expected.equals(actual)) {
      throw mismatch(what + " " + expected, actual);
    }
  }

  private static DiffstreamException mismatch(String expected, String actual) {
    return new DiffstreamException(
        ErrorCode.BASE_MISMATCH, "the champion's diff: expected " + expected + ", got " + actual);
  }
}
