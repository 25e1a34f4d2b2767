package dev.diffstream.worker.training;

import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.run.RunReport.ChampionMetrics;
import dev.diffstream.schemas.run.RunReportDataSummaryBuilder;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.checkpoint.StoredCheckpoints;
import dev.diffstream.worker.learning.checkpoint.UnusableCheckpointException;
import dev.diffstream.worker.learning.frozen.HeadFit;
import dev.diffstream.worker.learning.methods.LearningMethods;
import dev.diffstream.worker.learning.parameters.Vectors;
import dev.diffstream.worker.run.DiffStorage;
import dev.diffstream.worker.run.EventSender;
import dev.diffstream.worker.run.Run;
import dev.diffstream.worker.run.RunGuard;
import dev.diffstream.worker.run.RunInterruptedException;
import dev.diffstream.worker.run.RunLearner;
import dev.diffstream.worker.run.RunSpans;
import dev.diffstream.worker.run.TaskHandler;
import dev.diffstream.worker.training.Preparation.Prepared;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Data checked, diff learned, evaluated, made durable (I2). The phases of a run, top to bottom. */
public final class Trainer implements RunLearner {
  /**
   * Of a whole run's time, what learning takes; checking comes before, evaluation and publishing
   * after.
   */
  private static final double LEARNING_BEGINS = 0.02;

  private static final double LEARNING_ENDS = 0.96;

  private final TrainingEnvironment environment;
  private final Preconditions preconditions;
  private final Preparation preparation;
  private final DiffStorage storage;
  private final Provenance provenance;
  private final EventSender sender;
  private final RunSpans spans;

  private Trainer(TrainingEnvironment environment) {
    this.environment = environment;
    this.preconditions = new Preconditions(environment);
    this.preparation = new Preparation(environment);
    this.storage =
        new DiffStorage(environment.store(), environment.signingKey(), environment.retry());
    this.provenance = new Provenance(environment);
    this.sender = new EventSender(environment.log(), environment.workerId(), environment.clock());
    this.spans = new RunSpans(environment.telemetry());
  }

  /** A handler of task events whose runs are learned here. */
  public static TaskHandler handler(TrainingEnvironment environment) {
    return new TaskHandler(environment.runEnvironment(), new Trainer(environment));
  }

  @Override
  public DiffPublished learn(Run run) {
    preconditions.check(run.task());
    try (ProgressTicker progress = new ProgressTicker(run, sender, environment.runEnvironment())) {
      progress.report(Phase.CHECKING, 0, 0, Double.NaN, 0);
      LearningMethod method =
          LearningMethods.of(run.task().methodOrDefault(), environment.methods());
      DataSet data = spans.inPhase("check data", () -> read(run));
      Prepared prepared =
          verified(
              () ->
                  preparation.of(
                      run, data, listener(run, progress, 0, LEARNING_BEGINS), () -> goOn(run)));
      return verified(() -> publish(run, progress, method, data, prepared));
    }
  }

  /** Between two steps. A run on a device leaves the processor to provisionals anyway. */
  private void goOn(Run run) {
    if (!environment.device().isGpu()) {
      environment.precedence().giveWay();
    }
    run.guard().checkButForPause();
  }

  private DiffPublished publish(
      Run run, ProgressTicker progress, LearningMethod method, DataSet data, Prepared prepared) {
    LearningTask learning = prepared.learning();
    LearnedDiff diffLearned =
        spans.inPhase("learn", () -> learn(run, progress, method, data, prepared));
    LearnedDiff learned =
        run.task().wantsProvisional() && HeadFit.isFor(run.task().objective())
            ? spans.inPhase("compare with the head alone", () -> better(run, learning, diffLearned))
            : diffLearned;
    progress.report(Phase.EVALUATING, 0, 1, Double.NaN, LEARNING_ENDS);
    TestEvaluation evaluation =
        spans.inPhase("evaluate", () -> TestEvaluation.of(learning, learned, data));
    run.report().metrics(evaluation.metrics()).confusion(evaluation.confusion());
    Optional<ChampionMetrics> champion =
        QualityGate.isOverChampion(run.task())
            ? new ChampionEvaluation(environment).of(run, learning, data)
            : Optional.empty();
    champion.ifPresent(run.report()::champion);
    QualityGate.check(run.task(), evaluation.metrics(), champion);
    run.guard().check();
    progress.report(Phase.PUBLISHING, 0, 1, Double.NaN, 0.98);
    Diff diff = DiffFiles.diff(run.task(), method.name(), learning, learned, data, evaluation);
    DiffPublished published = putDiff(run, DiffWriter.write(diff));
    provenance.put(run, data, published.digest(), diff.metadata().parents());
    progress.report(Phase.PUBLISHED, 1, 1, Double.NaN, 1);
    return published;
  }

  /** Learning that ended early may have left the base changed: then this process must end. */
  private <T> T verified(Supplier<T> learning) {
    try {
      return learning.get();
    } catch (RuntimeException | Error e) {
      boolean processEnds =
          e instanceof RunInterruptedException interrupted
              && interrupted.reason() == RunInterruptedException.Reason.WORKER_STOPS;
      if (!processEnds) {
        verifyState(e);
      }
      throw e;
    }
  }

  @Override
  public void verifyState() {
    verifyState(null);
  }

  private void verifyState(@Nullable Throwable after) {
    try {
      environment.base().verifyIntegrity();
    } catch (DiffstreamException e) {
      Error damaged = new DamagedBaseError(e.reason(), e);
      if (after != null) {
        damaged.addSuppressed(after);
      }
      throw damaged;
    }
  }

  private DataSet read(Run run) {
    DataSet data =
        environment
            .retry()
            .get(
                "reading data of " + run.id(),
                () -> environment.dataSets().read(run.task(), run.guard()::check));
    run.report()
        .data(
            RunReportDataSummaryBuilder.builder()
                .digest(data.digest())
                .files(data.files())
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

  private LearnedDiff learn(
      Run run, ProgressTicker progress, LearningMethod method, DataSet data, Prepared prepared) {
    LearningTask learning = prepared.learning();
    StoredCheckpoints checkpoints = checkpoints(run, method, learning, data, prepared.placement());
    LearnedDiff learned;
    try {
      learned = learn(run, progress, method, prepared, checkpoints);
    } catch (UnusableCheckpointException e) {
      checkpoints.abandon(String.valueOf(e.getMessage()));
      learned = learn(run, progress, method, prepared, checkpoints);
    } catch (DiffstreamException | RunInterruptedException e) {
      throw e;
    } catch (RuntimeException e) { // what was resumed may be at fault: once is enough
      if (checkpoints.resumedFrom().isPresent()) {
        StoredCheckpoints.clear(environment.store(), run.id());
      }
      throw e;
    }
    Map<String, Double> training = new TreeMap<>(learned.figures());
    prepared.probe().map(PairProbe::figures).ifPresent(training::putAll);
    if (checkpoints.resumedFrom().isPresent()) {
      training.put("resumed", 1.0);
    }
    checkpoints
        .abandoned()
        .ifPresent(reason -> run.warn("learning began again from its beginning: " + reason));
    run.report().training(training);
    Map<String, String> settings = new TreeMap<>(run.report().settings());
    if (training.containsKey("density")) {
      settings.put("density", Double.toString(training.get("density")));
    }
    run.report().settings(settings);
    return learned;
  }

  /** The diff, or the head alone where that has the better score on the dev rows. */
  private static LearnedDiff better(Run run, LearningTask learning, LearnedDiff learned) {
    HeadComparison comparison = HeadComparison.of(learning, learned);
    Map<String, Double> training = new TreeMap<>(run.report().training());
    training.put("headDevScore", comparison.head().dev().score());
    training.put("diffDevScore", comparison.diff().score());
    run.report().training(training);
    if (comparison.headIsBetter()) {
      run.warn(comparison.warning());
    }
    return comparison.better();
  }

  private LearnedDiff learn(
      Run run,
      ProgressTicker progress,
      LearningMethod method,
      Prepared prepared,
      StoredCheckpoints checkpoints) {
    return prepared
        .placement()
        .learn(
            run.id(),
            prepared.learning(),
            where ->
                method.learn(
                    where, listener(run, progress, LEARNING_BEGINS, LEARNING_ENDS), checkpoints));
  }

  /**
   * A worker that may not go on leaves the run at its next step, outside of the engine; for a
   * pause, once the state is kept.
   *
   * @param from share of the whole run at the first step
   * @param to the same at the last step
   */
  private LearningProgress listener(Run run, ProgressTicker progress, double from, double to) {
    return new LearningProgress() {
      @Override
      public void report(Phase phase, long step, long steps, double loss, double share) {
        goOn(run);
        progress.report(phase, step, steps, loss, from + share * (to - from));
      }

      @Override
      public void openGates(double share) {
        progress.openGates(share);
      }

      @Override
      public void devScore(double score) {
        progress.devScore(score);
      }
    };
  }

  @Override
  public long lastToGetFurther(String runId) {
    return StoredCheckpoints.attempt(environment.store(), runId);
  }

  @Override
  public void forget(Run run) {
    StoredCheckpoints.clear(environment.store(), run.id());
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
            learning.examples().reading().toString(),
            placement.used(learning.settings()).toString(),
            "vectors of " + Vectors.FLOATS.length(),
            "threads " + TensorEngine.threads(),
            "program " + TrainingEnvironment.PROGRAM);
    return new StoredCheckpoints(
        environment.store(),
        run.id(),
        run.attempt(),
        fingerprint,
        environment.checkpointInterval(),
        holder(run.guard()));
  }

  private static StoredCheckpoints.Holder holder(RunGuard guard) {
    return new StoredCheckpoints.Holder() {
      @Override
      public boolean mayGoOn() {
        return guard.mayGoOn();
      }

      @Override
      public boolean pauseAsked() {
        return guard.pauseAsked();
      }

      @Override
      public void leaveForPause() {
        guard.leaveForPause();
      }
    };
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
}
