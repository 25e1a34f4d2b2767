package dev.diffstream.worker.run;

import dev.diffstream.base.Base;
import dev.diffstream.base.ComputeDevice;
import dev.diffstream.base.TensorEngine;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.diff.DiffWriter;
import dev.diffstream.schemas.diff.ValuePrecision;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.telemetry.TraceContext;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.data.DataSetReader;
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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * Data checked, diff learned, evaluated, made durable (I2), reported. The phases of a run, top to
 * bottom.
 */
final class Trainer {
  /**
   * Of a whole run's time, what learning takes; checking comes before, evaluation and publishing
   * after.
   */
  private static final double LEARNING_BEGINS = 0.02;

  private static final double LEARNING_ENDS = 0.96;

  private final Base base;
  private final ComputeDevice device;
  private final ObjectStore store;
  private final DataSetReader dataSets;
  private final List<LearningMethod> methods;
  private final DiffStorage storage;
  private final RunReports reports;
  private final EventSender sender;
  private final Duration checkpointInterval;
  private final Patience patience;
  private final RunSpans spans;

  Trainer(
      Base base,
      ComputeDevice device,
      ObjectStore store,
      DataSetReader dataSets,
      List<LearningMethod> methods,
      Duration checkpointInterval,
      DiffStorage storage,
      RunReports reports,
      EventSender sender,
      Patience patience,
      RunSpans spans) {
    this.base = base;
    this.device = device;
    this.store = store;
    this.dataSets = dataSets;
    this.methods = List.copyOf(methods);
    this.checkpointInterval = checkpointInterval;
    this.storage = storage;
    this.reports = reports;
    this.sender = sender;
    this.patience = patience;
    this.spans = spans;
  }

  /**
   * Returns when diff and report are durable; the event that announces them stands in the report.
   * Fails with the ErrorCode of what is wrong with the task, or with a retryable one when store or
   * broker stayed away.
   */
  RunReport train(Run run) {
    try (ProgressTicker progress = new ProgressTicker(run, sender)) {
      progress.report(Phase.CHECKING, 0, 0, Double.NaN, 0);
      TaskSubmitted task = run.task();
      checkBase(task);
      LearningMethod method = LearningMethods.of(task.methodOrDefault(), methods);
      List<Double> densities = densities(task);
      ValuePrecision precision = ValuePrecision.of(task.precisionOrDefault());
      DataSet data =
          spans.inPhase(
              "check data",
              () -> patience.get("reading data of " + run.id(), () -> dataSets.read(task)));
      TrainingSettings.Resolved resolved =
          TrainingSettings.resolve(
              task.settings(),
              task.objective(),
              densities.getLast(),
              data.train().size(),
              base.longestText());
      Placement placement = Placement.of(base, device, resolved.settings());
      EncodedDataSet examples =
          EncodedDataSet.of(data, task.objective(), base, resolved.settings().maxTokens());
      LearningTask learning =
          new LearningTask(base, examples, densities, precision, resolved.settings());
      StoredCheckpoints checkpoints = checkpoints(run, method, learning, data, placement);
      LearnedDiff learned =
          spans.inPhase(
              "learn",
              () ->
                  placement.learn(
                      run.id(),
                      learning,
                      where -> method.learn(where, listener(progress, patience), checkpoints)));
      progress.report(Phase.EVALUATING, 0, 1, Double.NaN, LEARNING_ENDS);
      Examination examination =
          spans.inPhase("evaluate", () -> Examination.of(learning, learned, data));
      QualityGate.check(task, examination.metrics());
      progress.report(Phase.PUBLISHING, 0, 1, Double.NaN, 0.98);
      byte[] file =
          DiffWriter.write(
              DiffFiles.diff(task, method.name(), learning, learned, data, examination));
      RunReport report =
          report(
              run,
              data,
              examples,
              resolved,
              learned,
              placement,
              examination,
              putDiff(run, file),
              checkpoints);
      patience.run("reporting " + run.id(), () -> reports.write(report, TraceContext.inject()));
      checkpoints.clear();
      progress.report(Phase.PUBLISHED, 1, 1, Double.NaN, 1);
      return report;
    }
  }

  /** A worker that is stopping leaves the run at its next step, outside of the engine. */
  private static LearningProgress listener(ProgressTicker progress, Patience patience) {
    return (phase, step, steps, loss, share) -> {
      patience.checkRunning();
      progress.report(
          phase, step, steps, loss, LEARNING_BEGINS + share * (LEARNING_ENDS - LEARNING_BEGINS));
    };
  }

  /** Removes what a run that failed for good kept on its way. */
  void forget(Run run) {
    new StoredCheckpoints(store, run.id(), "", checkpointInterval).clear();
  }

  private void checkBase(TaskSubmitted task) {
    String wanted = task.base();
    if (wanted != null && !wanted.equalsIgnoreCase(base.name()) && !wanted.equals(base.digest())) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN,
          "task "
              + task.taskId()
              + " asks for base "
              + wanted
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
            base.digest(),
            data.digest(),
            learning.densities().toString(),
            placement.used(learning.settings()).toString(),
            "vectors of " + Vectors.FLOATS.length(),
            "threads " + TensorEngine.threads(),
            "program " + DiffFiles.CODE_VERSION);
    return new StoredCheckpoints(store, run.id(), fingerprint, checkpointInterval);
  }

  private DiffPublished putDiff(Run run, byte[] file) {
    String digest = storage.put(file);
    return new DiffPublished(
        run.id(),
        run.task().taskId(),
        run.event().source(),
        run.event().id(),
        digest,
        file.length,
        base.digest(),
        ObjectKeys.report(run.id()));
  }

  private RunReport report(
      Run run,
      DataSet data,
      EncodedDataSet examples,
      TrainingSettings.Resolved resolved,
      LearnedDiff learned,
      Placement placement,
      Examination examination,
      DiffPublished published,
      StoredCheckpoints checkpoints) {
    Instant now = Instant.now();
    Map<String, Double> training = new TreeMap<>(learned.figures());
    checkpoints.resumedFrom().ifPresent(key -> training.put("resumed", 1.0));
    training.put("seconds", Duration.between(run.started(), now).toMillis() / 1000.0);
    return new RunReport(
        run.id(),
        run.task().taskId(),
        run.event().source(),
        run.event().id(),
        run.place(),
        run.attempt(),
        RunReport.Outcome.PUBLISHED,
        published,
        null,
        null,
        new TreeMap<>(
            Map.of(
                "train",
                data.train().size(),
                "dev",
                data.dev().size(),
                "test",
                data.test().size())),
        data.labels(),
        data.invalidRecords().isEmpty() ? null : data.invalidRecords(),
        data.invalidRecordCount() == 0 ? null : data.invalidRecordCount(),
        warnings(data, examples, resolved),
        settings(run.task(), placement, resolved.settings()),
        examination.metrics(),
        training,
        run.started(),
        now);
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
