package dev.diffstream.benchmarks.quality;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.Base;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.benchmarks.data.BenchmarkTask;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TrainingSettings;
import dev.diffstream.worker.learning.evaluation.Evaluation;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import dev.diffstream.worker.learning.stages.LowPrecision;
import dev.diffstream.worker.learning.steps.Meter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Learns and scores one task by one method with one seed. For the same task and seed every method
 * gets the same rows.
 *
 * @param density that every diff may have
 * @param settings for every method, over the method's own
 * @param kept where the diffs of methods without a sweep are kept, if anywhere
 */
public record QualityBenchmark(
    Base base,
    int trainRows,
    double density,
    Map<String, Object> settings,
    @Nullable KeptDiffs kept) {

  /**
   * The cell's score: of the attempt with the best dev score, the first of equal ones.
   *
   * @throws DiffstreamException QUALITY_GATE_FAILED if every attempt diverged
   */
  public Score score(BenchmarkTask task, MeasuredMethod method, long seed) {
    DataSet data = task.sample(trainRows, seed);
    long began = System.nanoTime();
    List<Score.Attempt> attempts = new ArrayList<>();
    for (Map<String, Object> swept : method.sweep()) {
      attempts.add(attempt(task, data, method, swept, seed));
    }
    Score.Attempt best = best(task, method, attempts);
    return new Score(
        task.name(),
        method.name(),
        seed,
        task.metric(),
        best.score(),
        best.devScore(),
        best.density(),
        data.train().size(),
        data.dev().size(),
        data.test().size(),
        (System.nanoTime() - began) / 1e9,
        attempts);
  }

  private static Score.Attempt best(
      BenchmarkTask task, MeasuredMethod method, List<Score.Attempt> attempts) {
    return attempts.stream()
        .filter(attempt -> attempt.failure() == null)
        .reduce((a, b) -> b.devScore() > a.devScore() ? b : a)
        .orElseThrow(
            () ->
                new DiffstreamException(
                    ErrorCode.QUALITY_GATE_FAILED,
                    "%s cannot learn %s: %s".formatted(method.name(), task.name(), attempts)));
  }

  private Score.Attempt attempt(
      BenchmarkTask task,
      DataSet data,
      MeasuredMethod method,
      Map<String, Object> swept,
      long seed) {
    LearningTask learning =
        learningTask(task, data, method.precision(), settings(method, swept, seed));
    LearnedDiff learned;
    try {
      learned = learned(task, method, learning);
    } catch (DiffstreamException e) {
      if (e.code() != ErrorCode.QUALITY_GATE_FAILED) {
        throw e;
      }
      return new Score.Attempt(swept, 0, 0, 0, e.reason());
    }
    Double devScore = learned.figures().get("devScore");
    if (devScore == null) {
      throw new IllegalStateException(method.name() + " tells no devScore");
    }
    if (kept != null && method.kept()) {
      kept.write(task, method.name(), learning, learned);
    }
    return new Score.Attempt(
        swept,
        100 * devScore,
        100 * test(learning, learned).score(),
        learned.nonzeros() / (double) learning.parameterCount(),
        null);
  }

  /** A precision is brought about from the kept diff in fp32, where there is one. */
  private LearnedDiff learned(BenchmarkTask task, MeasuredMethod method, LearningTask learning) {
    Optional<LearnedDiff> fp32 =
        kept == null || method.precision() == ValuePrecision.FP32
            ? Optional.empty()
            : kept.read(task, method.method().name(), learning);
    if (fp32.isEmpty()) {
      return method.method().learn(learning, (phase, step, steps, loss, share) -> {});
    }
    Meter meter =
        new Meter(
            Math.max(1, LowPrecision.steps(learning)), (phase, step, steps, loss, share) -> {});
    return new LowPrecision(learning, learning.slabs(), meter).of(fp32.get());
  }

  private Map<String, Object> settings(
      MeasuredMethod method, Map<String, Object> swept, long seed) {
    Map<String, Object> all = new TreeMap<>(method.settings());
    all.putAll(settings);
    all.putAll(swept);
    all.put("seed", seed);
    return all;
  }

  private LearningTask learningTask(
      BenchmarkTask task, DataSet data, ValuePrecision precision, Map<String, Object> given) {
    Map<String, JsonNode> nodes = new TreeMap<>();
    Json.parse(Json.writeText(given).getBytes(StandardCharsets.UTF_8), "settings")
        .properties()
        .forEach(entry -> nodes.put(entry.getKey(), entry.getValue()));
    TrainingSettings.Resolved found =
        TrainingSettings.resolve(
            nodes,
            task.objective(),
            density,
            data.train().size(),
            base.architecture().maxPositions());
    if (!found.unknown().isEmpty()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "there are no settings " + found.unknown());
    }
    TrainingSettings resolved = found.settings();
    EncodedDataSet examples = EncodedDataSet.of(data, task.objective(), base, resolved.maxTokens());
    return new LearningTask(base, examples, List.of(density), precision, resolved);
  }

  private Evaluation test(LearningTask task, LearnedDiff learned) {
    Overlay overlay = new Overlay(base);
    overlay.apply(learned.delta());
    try {
      return Evaluation.of(
          base.encoder(), learned.head().toHead(), task.examples(), task.examples().test());
    } finally {
      overlay.restore();
    }
  }
}
