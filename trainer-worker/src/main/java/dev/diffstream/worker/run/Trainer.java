package dev.diffstream.worker.run;

import dev.diffstream.base.Base;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.diff.DiffWriter;
import dev.diffstream.schemas.diff.ValuePrecision;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.run.RunReportDataSummaryBuilder;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.learning.DensityChoice;
import dev.diffstream.worker.learning.EncodedDataSet;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningMethods;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TrainingSettings;
import dev.diffstream.worker.learning.checkpoint.StoredCheckpoints;
import dev.diffstream.worker.learning.sparse.Vectors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** Data checked, diff learned, evaluated, made durable (I2). The phases of a run, top to bottom. */
public final class Trainer implements RunLearner {
  /**
   * Of a whole run's time, what learning takes; checking comes before, evaluation and publishing
   * after.
   */
  private static final double LEARNING_BEGINS = 0.02;

  private static final double LEARNING_ENDS = 0.96;

  private final TrainingEnvironment environment;
  private final DiffStorage storage;
  private final EventSender sender;
  private final RunSpans spans;

  private Trainer(TrainingEnvironment environment) {
    this.environment = environment;
    this.storage =
        new DiffStorage(environment.store(), environment.signingKey(), environment.retry());
    this.sender = new EventSender(environment.log(), environment.workerId());
    this.spans = new RunSpans(environment.telemetry());
  }

  /** A handler of task events whose runs are learned here. */
  public static TaskHandler handler(TrainingEnvironment environment) {
    return new TaskHandler(environment.runEnvironment(), new Trainer(environment));
  }

  @Override
  public DiffPublished learn(Run run) {
    try (ProgressTicker progress = new ProgressTicker(run, sender, environment.runEnvironment())) {
      progress.report(Phase.CHECKING, 0, 0, Double.NaN, 0);
      TaskSubmitted task = run.task();
      checkBase(task);
      LearningMethod method = LearningMethods.of(task.methodOrDefault(), environment.methods());
      ValuePrecision precision = ValuePrecision.of(task.precisionOrDefault());
      DataSet data = spans.inPhase("check data", () -> read(run));
      TrainingSettings.Resolved resolved = resolve(task, data);
      Placement placement =
          Placement.of(environment.base(), environment.device(), resolved.settings());
      run.report().settings(settings(task, placement, resolved.settings())).gate(task.gate());
      EncodedDataSet examples =
          EncodedDataSet.of(
              data, task.objective(), environment.base(), resolved.settings().maxTokens());
      run.report().warnings(warnings(data, examples, resolved));
      LearningTask learning =
          new LearningTask(
              environment.base(), examples, densities(task), precision, resolved.settings());
      StoredCheckpoints checkpoints = checkpoints(run, method, learning, data, placement);
      LearnedDiff learned =
          spans.inPhase(
              "learn", () -> learn(run, progress, method, learning, placement, checkpoints));
      checkpoints.resumedFrom().ifPresent(key -> resumed(run));
      progress.report(Phase.EVALUATING, 0, 1, Double.NaN, LEARNING_ENDS);
      TestEvaluation evaluation =
          spans.inPhase("evaluate", () -> TestEvaluation.of(learning, learned, data));
      run.report().metrics(evaluation.metrics());
      QualityGate.check(task, evaluation.metrics());
      checkMayGoOn(run);
      progress.report(Phase.PUBLISHING, 0, 1, Double.NaN, 0.98);
      DiffPublished published =
          putDiff(
              run,
              DiffWriter.write(
                  DiffFiles.diff(task, method.name(), learning, learned, data, evaluation)));
      progress.report(Phase.PUBLISHED, 1, 1, Double.NaN, 1);
      return published;
    }
  }

  private DataSet read(Run run) {
    DataSet data =
        environment
            .retry()
            .get("reading data of " + run.id(), () -> environment.dataSets().read(run.task()));
    run.report()
        .data(
            RunReportDataSummaryBuilder.builder()
                .digest(data.digest())
                .examples(
                    new TreeMap<>(
                        Map.of(
                            "train", data.train().size(),
                            "dev", data.dev().size(),
                            "test", data.test().size())))
                .labels(data.labels())
                .invalidRecords(data.invalidRecords().isEmpty() ? null : data.invalidRecords())
                .invalidRecordCount(data.invalidRecordCount())
                .build());
    return data;
  }

  private TrainingSettings.Resolved resolve(TaskSubmitted task, DataSet data) {
    return TrainingSettings.resolve(
        task.settings(),
        task.objective(),
        densities(task).getLast(),
        data.train().size(),
        environment.base().maxTextTokens());
  }

  private LearnedDiff learn(
      Run run,
      ProgressTicker progress,
      LearningMethod method,
      LearningTask learning,
      Placement placement,
      StoredCheckpoints checkpoints) {
    LearnedDiff learned =
        placement.learn(
            run.id(), learning, where -> method.learn(where, listener(run, progress), checkpoints));
    run.report().training(new TreeMap<>(learned.figures()));
    return learned;
  }

  private static void resumed(Run run) {
    Map<String, Double> training = new TreeMap<>(run.report().training());
    training.put("resumed", 1.0);
    run.report().training(training);
  }

  /** A worker that may not go on leaves the run at its next step, outside of the engine. */
  private LearningProgress listener(Run run, ProgressTicker progress) {
    return (phase, step, steps, loss, share) -> {
      checkMayGoOn(run);
      progress.report(
          phase, step, steps, loss, LEARNING_BEGINS + share * (LEARNING_ENDS - LEARNING_BEGINS));
    };
  }

  private void checkMayGoOn(Run run) {
    if (environment.retry().isStopping()) {
      throw new RunInterruptedException(RunInterruptedException.Reason.WORKER_STOPS);
    }
    if (!run.lockHeld().getAsBoolean()) {
      throw new RunInterruptedException(RunInterruptedException.Reason.LOCK_LOST);
    }
  }

  @Override
  public void forget(Run run) {
    new StoredCheckpoints(environment.store(), run.id(), "", environment.checkpointInterval())
        .clear();
  }

  private void checkBase(TaskSubmitted task) {
    String requested = task.base();
    Base base = environment.base();
    if (requested != null
        && !requested.equalsIgnoreCase(base.name())
        && !requested.equals(base.digest())) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN,
          "task "
              + task.taskId()
              + " asks for base "
              + requested
              + ", this deployment has "
              + base.name()
              + " ("
              + base.digest()
              + ")");
    }
  }

  /** All that a reader of the report needs to ask for the same diff again. */
  private static Map<String, String> settings(
      TaskSubmitted task, Placement placement, TrainingSettings used) {
    Map<String, String> settings = new TreeMap<>(placement.used(used));
    settings.put("method", task.methodOrDefault());
    settings.put("precision", task.precisionOrDefault());
    settings.put(
        "density",
        task.densityOrAuto().isPresent()
            ? Double.toString(task.densityOrAuto().getAsDouble())
            : "auto");
    return settings;
  }

  private static List<Double> densities(TaskSubmitted task) {
    OptionalDouble density = task.densityOrAuto();
    return density.isPresent() ? List.of(density.getAsDouble()) : DensityChoice.AUTO;
  }

  /** What the bits of the result depend on stands in the fingerprint. */
  private StoredCheckpoints checkpoints(
      Run run, LearningMethod method, LearningTask learning, DataSet data, Placement placement) {
    String fingerprint =
        String.join(
            " ",
            method.name(),
            environment.base().digest(),
            data.digest(),
            learning.densities().toString(),
            placement.used(learning.settings()).toString(),
            "vectors of " + Vectors.FLOATS.length(),
            "threads " + TensorEngine.threads(),
            "program " + DiffFiles.CODE_VERSION);
    return new StoredCheckpoints(
        environment.store(), run.id(), fingerprint, environment.checkpointInterval());
  }

  private DiffPublished putDiff(Run run, byte[] file) {
    return DiffPublishedBuilder.builder()
        .runId(run.id())
        .taskId(run.task().taskId())
        .eventSource(run.event().source())
        .eventId(run.event().id())
        .attempt(run.attempt())
        .digest(storage.put(file))
        .bytes(file.length)
        .baseDigest(environment.base().digest())
        .report(ObjectKeys.report(run.id(), run.attempt()))
        .build();
  }

  private static List<String> warnings(
      DataSet data, EncodedDataSet examples, TrainingSettings.Resolved resolved) {
    List<String> warnings = new ArrayList<>(data.warnings());
    if (data.duplicates() > 0) {
      warnings.add(
          data.duplicates() + " rows were left out of train or dev: their texts are held out");
    }
    if (examples.cutWords() > 0) {
      warnings.add(examples.cutWords() + " words with tags were cut off; they count as O");
    }
    if (examples.truncated() > 0) {
      warnings.add(
          examples.truncated()
              + " texts were cut to "
              + resolved.settings().maxTokens()
              + " tokens");
    }
    if (!resolved.unknown().isEmpty()) {
      warnings.add("settings that this method does not know were ignored: " + resolved.unknown());
    }
    return warnings;
  }
}
