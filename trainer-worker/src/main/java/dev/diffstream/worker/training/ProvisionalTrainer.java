package dev.diffstream.worker.training;

import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.input.TextReading;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.diff.probe.ProbeSentences;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.data.Example;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TrainingSettings;
import dev.diffstream.worker.learning.frozen.HeadFit;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import dev.diffstream.worker.learning.rows.RowSample;
import dev.diffstream.worker.run.DiffStorage;
import dev.diffstream.worker.run.ProvisionalHandler;
import dev.diffstream.worker.run.ProvisionalLearner;
import dev.diffstream.worker.run.RunGuard;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A head alone over the untouched base, from a bounded share of the data, so that a task has an
 * answer seconds after its event. It must beat the majority as every diff must.
 */
public final class ProvisionalTrainer implements ProvisionalLearner {
  /** The method that the diff file names. */
  private static final String METHOD = "head-only";

  private static final int MAX_TRAINING_ROWS = 4_000;
  private static final int MAX_HELD_OUT_ROWS = 500;

  /** Enough for the loops to be compiled as they will stay. */
  private static final int WARM_UP_ROWS = 128;

  private final TrainingEnvironment environment;
  private final Preconditions preconditions;
  private final DiffStorage storage;

  private ProvisionalTrainer(TrainingEnvironment environment) {
    this.environment = environment;
    this.preconditions = new Preconditions(environment);
    this.storage =
        new DiffStorage(environment.store(), environment.signingKey(), environment.retry());
  }

  /**
   * A handler of task events that makes their provisionals.
   *
   * @param environment its base is read by this handler's thread alone
   */
  public static ProvisionalHandler handler(TrainingEnvironment environment) {
    return new ProvisionalHandler(
        environment.runEnvironment(),
        new ProvisionalTrainer(environment),
        environment.precedence());
  }

  @Override
  public boolean canLearn(TaskSubmitted task) {
    return HeadFit.isFor(task.objective());
  }

  @Override
  public Learned learn(TaskSubmitted task, RunGuard guard) {
    preconditions.check(task);
    DataSet all =
        environment
            .retry()
            .get(
                "reading data for a provisional of " + task.taskId(),
                () -> environment.dataSets().read(task, guard::check));
    Provisional provisional = provisional(task, sample(all), guard::check);
    QualityGate.check(task, provisional.metrics(), Optional.empty());
    guard.check();
    return new Learned(
        storage.put(provisional.file()),
        provisional.file().length,
        environment.base().digest(),
        provisional.rows(),
        provisional.metrics());
  }

  /**
   * Makes a head of a few sentences and keeps nothing of it, so that the code is compiled before
   * the first task waits for it. Thread-safe, and may go on while tasks are learned.
   */
  public static void warmUp(TrainingEnvironment environment) {
    if (!environment.base().readsText()) {
      return;
    }
    TaskSubmitted task = TaskSubmitted.of("warm-up", Objective.CLASSIFICATION, "sentences");
    List<Example> rows =
        IntStream.range(0, WARM_UP_ROWS).mapToObj(ProvisionalTrainer::sentence).toList();
    List<Example> heldOut = rows.subList(0, WARM_UP_ROWS / 4);
    DataSet data =
        new DataSet(rows, heldOut, heldOut, List.of("even", "odd"), List.of(), 0, "0".repeat(64));
    new ProvisionalTrainer(environment).provisional(task, data, () -> {});
  }

  private static Example sentence(int row) {
    String text = ProbeSentences.V1.get(row % ProbeSentences.V1.size()).text();
    return new Example(row + " " + text, null, row / 3 % 2 == 0 ? "even" : "odd", 0);
  }

  /** A head in its diff file, and what it scores. */
  private record Provisional(byte[] file, int rows, Map<String, Double> metrics) {}

  private Provisional provisional(TaskSubmitted task, DataSet data, Runnable interruption) {
    Fitted fitted = fit(task, data, interruption);
    LearningTask learning = fitted.learning();
    HeadFit fit = fitted.fit();
    LearnedDiff learned =
        new LearnedDiff(
            new SparseDelta(List.of()), fit.head(), Map.of("devScore", fit.dev().score()));
    TestEvaluation evaluation = TestEvaluation.of(learning, learned, data);
    Diff diff = DiffFiles.diff(task, METHOD, learning, learned, data, evaluation);
    return new Provisional(DiffWriter.write(diff), fit.rows(), evaluation.metrics());
  }

  private record Fitted(LearningTask learning, HeadFit fit) {}

  /**
   * Where the event leaves open how pairs are read, the head that is the better one on the dev
   * rows. The run, which trains the base too, may choose otherwise.
   */
  private Fitted fit(TaskSubmitted task, DataSet data, Runnable interruption) {
    TrainingSettings settings =
        TrainingSettings.resolve(
                task.settings(),
                task.objective(),
                TaskSubmitted.DEFAULT_DENSITY,
                data.train().size(),
                environment.base().maxTextTokens())
            .settings();
    Fitted best = null;
    for (PairEncoding pairs :
        PairEncodings.candidates(task, environment.base(), settings.maxTokens())) {
      LearningTask learning = learning(task, data, settings, pairs, interruption);
      Fitted fitted = new Fitted(learning, HeadFit.of(learning));
      if (best == null || fitted.fit().dev().hasBetterScoreThan(best.fit().dev())) {
        best = fitted;
      }
    }
    return Objects.requireNonNull(best);
  }

  private LearningTask learning(
      TaskSubmitted task,
      DataSet data,
      TrainingSettings settings,
      PairEncoding pairs,
      Runnable interruption) {
    EncodedDataSet examples =
        EncodedDataSet.of(
            data,
            task.objective(),
            environment.base(),
            new TextReading(settings.maxTokens(), pairs),
            interruption);
    return new LearningTask(
            environment.base(),
            examples,
            List.of(TaskSubmitted.DEFAULT_DENSITY),
            ValuePrecision.FP32,
            settings)
        .interruptedBy(interruption);
  }

  /** Rows at random, the same ones each time. */
  private static DataSet sample(DataSet all) {
    return new DataSet(
        some(all.train(), MAX_TRAINING_ROWS),
        some(all.dev(), MAX_HELD_OUT_ROWS),
        some(all.test(), MAX_HELD_OUT_ROWS),
        all.labels(),
        all.invalidRecords(),
        all.invalidRecordCount(),
        all.digest());
  }

  private static List<Example> some(List<Example> rows, int most) {
    return RowSample.of(rows, most, rows.size());
  }
}
