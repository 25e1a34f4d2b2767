package dev.diffstream.worker.training;

import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
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
import java.util.Optional;

/**
 * A head alone over the untouched base, from a bounded share of the data, so that a task has an
 * answer seconds after its event. It must beat the majority as every diff must.
 */
public final class ProvisionalTrainer implements ProvisionalLearner {
  /** The method that the diff file names. */
  private static final String METHOD = "head-only";

  private static final int MAX_TRAINING_ROWS = 4_000;
  private static final int MAX_HELD_OUT_ROWS = 500;

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
    DataSet data = sample(all);
    LearningTask learning = learning(task, data, guard);
    HeadFit fit = HeadFit.of(learning);
    LearnedDiff learned =
        new LearnedDiff(
            new SparseDelta(List.of()), fit.head(), Map.of("devScore", fit.dev().score()));
    TestEvaluation evaluation = TestEvaluation.of(learning, learned, data);
    QualityGate.check(task, evaluation.metrics(), Optional.empty());
    guard.check();
    Diff diff = DiffFiles.diff(task, METHOD, learning, learned, data, evaluation);
    byte[] file = DiffWriter.write(diff);
    return new Learned(
        storage.put(file),
        file.length,
        environment.base().digest(),
        fit.rows(),
        evaluation.metrics());
  }

  private LearningTask learning(TaskSubmitted task, DataSet data, RunGuard guard) {
    TrainingSettings settings =
        TrainingSettings.resolve(
                task.settings(),
                task.objective(),
                TaskSubmitted.DEFAULT_DENSITY,
                data.train().size(),
                environment.base().maxTextTokens())
            .settings();
    EncodedDataSet examples =
        EncodedDataSet.of(
            data, task.objective(), environment.base(), settings.maxTokens(), guard::check);
    return new LearningTask(
            environment.base(),
            examples,
            List.of(TaskSubmitted.DEFAULT_DENSITY),
            ValuePrecision.FP32,
            settings)
        .interruptedBy(guard::check);
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
