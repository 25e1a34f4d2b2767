package dev.diffstream.worker.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import dev.diffstream.base.Base;
import dev.diffstream.base.input.TextReading;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TrainingSettings;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import dev.diffstream.worker.learning.rows.RowSample;
import dev.diffstream.worker.learning.stages.DensityChoice;
import dev.diffstream.worker.run.Run;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Settles what a run leaves open before it learns: settings, place, and how pairs are read. */
final class Preparation {
  private static final Logger LOG = LoggerFactory.getLogger(Preparation.class);

  /** Rows of a {@link PairProbe} at most. */
  private static final int PROBE_TRAINING_ROWS = 4_000;

  private static final int PROBE_DEV_ROWS = 1_000;

  private final TrainingEnvironment environment;

  Preparation(TrainingEnvironment environment) {
    this.environment = environment;
  }

  /**
   * What is known of a run before its diff is learned.
   *
   * @param probe of both ways to read pairs, where the event leaves it open
   */
  record Prepared(LearningTask learning, Placement placement, Optional<PairProbe> probe) {}

  /**
   * @param progress told of each step of a {@link PairProbe}, as its share of the whole probe
   * @param interruption throws if the run may not go on
   */
  Prepared of(Run run, DataSet data, LearningProgress progress, Runnable interruption) {
    TaskSubmitted task = run.task();
    TrainingSettings.Resolved resolved = resolve(task, task.settings(), data);
    TrainingSettings settings = resolved.settings();
    Placement placement = Placement.of(environment.base(), environment.device(), settings);
    Map<String, String> used = settings(task, placement, settings);
    run.report().settings(used).environment(Provenance.environment(placement)).gate(task.gate());
    List<PairEncoding> candidates =
        PairEncodings.candidates(task, environment.base(), settings.maxTokens());
    Optional<PairProbe> probe =
        candidates.size() > 1
            ? Optional.of(probe(run, data, candidates, placement, progress, interruption))
            : Optional.empty();
    PairEncoding pairs = probe.map(PairProbe::choice).orElse(candidates.getFirst());
    report(run, used, pairs, probe);
    TextReading reading = new TextReading(settings.maxTokens(), pairs);
    EncodedDataSet examples = encoded(task, data, reading, run.guard()::check);
    run.warn(DataWarnings.of(data, examples, resolved));
    return new Prepared(
        learningTask(task, examples, settings).interruptedBy(interruption), placement, probe);
  }

  private static void report(
      Run run, Map<String, String> used, PairEncoding pairs, Optional<PairProbe> probe) {
    probe.map(PairProbe::figures).ifPresent(run.report()::training);
    if (run.task().objective().pairs()) {
      Map<String, String> withPairs = new TreeMap<>(used);
      withPairs.put("pairEncoding", pairs.text());
      run.report().settings(withPairs);
    }
  }

  private PairProbe probe(
      Run run,
      DataSet data,
      List<PairEncoding> candidates,
      Placement placement,
      LearningProgress progress,
      Runnable interruption) {
    TaskSubmitted task = run.task();
    DataSet rows =
        new DataSet(
            sample(data.train(), PROBE_TRAINING_ROWS),
            sample(data.dev(), PROBE_DEV_ROWS),
            List.of(),
            data.labels(),
            List.of(),
            0,
            data.digest());
    TrainingSettings settings = probeSettings(task, rows);
    List<LearningTask> tasks =
        candidates.stream()
            .map(pairs -> new TextReading(settings.maxTokens(), pairs))
            .map(reading -> encoded(task, rows, reading, run.guard()::check))
            .map(examples -> learningTask(task, examples, settings).interruptedBy(interruption))
            .toList();
    PairProbe probe =
        placement.learn(
            run.id(),
            tasks.getFirst(),
            where -> PairProbe.of(tasks.stream().map(one -> on(where, one)).toList(), progress));
    LOG.info("run {}: {}", run.id(), probe.text());
    return probe;
  }

  /** The task where another one is learned. */
  private static LearningTask on(LearningTask where, LearningTask task) {
    return where.replica() == null ? task : task.on(where.replica());
  }

  private EncodedDataSet encoded(
      TaskSubmitted task, DataSet rows, TextReading reading, Runnable interruption) {
    Base base = environment.base();
    return EncodedDataSet.of(rows, task.objective(), base, reading, interruption);
  }

  private TrainingSettings probeSettings(TaskSubmitted task, DataSet rows) {
    int batchSize = resolve(task, task.settings(), rows).settings().batchSize();
    Map<String, JsonNode> given = new TreeMap<>();
    if (task.settings() != null) {
      given.putAll(task.settings());
    }
    given.put("fullSteps", IntNode.valueOf(PairProbe.steps(rows.train().size(), batchSize)));
    return resolve(task, given, rows).settings();
  }

  private LearningTask learningTask(
      TaskSubmitted task, EncodedDataSet examples, TrainingSettings settings) {
    ValuePrecision precision = ValuePrecision.of(task.precisionOrDefault());
    return new LearningTask(environment.base(), examples, densities(task), precision, settings);
  }

  private static <T> List<T> sample(List<T> rows, int most) {
    return RowSample.of(rows, most, rows.size());
  }

  private TrainingSettings.Resolved resolve(
      TaskSubmitted task, @Nullable Map<String, JsonNode> given, DataSet data) {
    return TrainingSettings.resolve(
        given,
        task.objective(),
        densities(task).getLast(),
        data.train().size(),
        environment.base().maxTextTokens());
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
}
