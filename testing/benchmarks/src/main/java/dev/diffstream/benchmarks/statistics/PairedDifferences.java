package dev.diffstream.benchmarks.statistics;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Differences between two methods on the same task with the same seed.
 *
 * @param pairs differences that were taken
 * @param tInterval around the mean, by Student's t over all differences; none for a single one. It
 *     takes the seeds of one task for independent, which the shared test rows are not
 * @param bootstrapOverTasks around the mean, by drawing tasks with replacement; none for a single
 *     task
 */
public record PairedDifferences(
    double mean,
    int pairs,
    int tasks,
    @Nullable Interval tInterval,
    @Nullable Interval bootstrapOverTasks) {
  private static final double CONFIDENCE = 0.95;
  private static final int RESAMPLES = 10_000;
  private static final long SEED = 20_260;

  /**
   * @param byTask at least one difference for each task
   */
  public static PairedDifferences of(Map<String, List<Double>> byTask) {
    double[] all =
        byTask.values().stream()
            .flatMap(Collection::stream)
            .mapToDouble(Double::doubleValue)
            .toArray();
    return new PairedDifferences(
        mean(all),
        all.length,
        byTask.size(),
        all.length < 2 ? null : tInterval(all),
        byTask.size() < 2 ? null : bootstrap(new TreeMap<>(byTask)));
  }

  private static Interval tInterval(double[] differences) {
    int n = differences.length;
    double mean = mean(differences);
    double squares = 0;
    for (double difference : differences) {
      squares += (difference - mean) * (difference - mean);
    }
    double error = Math.sqrt(squares / (n - 1) / n);
    double reach = StudentT.critical(CONFIDENCE, n - 1) * error;
    return new Interval(mean - reach, mean + reach);
  }

  private static Interval bootstrap(TreeMap<String, List<Double>> byTask) {
    double[][] tasks =
        byTask.values().stream()
            .map(list -> list.stream().mapToDouble(Double::doubleValue).toArray())
            .toArray(double[][]::new);
    Random random = new Random(SEED);
    double[] means = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      double sum = 0;
      int count = 0;
      for (int k = 0; k < tasks.length; k++) {
        double[] drawn = tasks[random.nextInt(tasks.length)];
        sum += Arrays.stream(drawn).sum();
        count += drawn.length;
      }
      means[i] = sum / count;
    }
    Arrays.sort(means);
    int tail = (int) Math.round((1 - CONFIDENCE) / 2 * RESAMPLES);
    return new Interval(means[tail], means[RESAMPLES - 1 - tail]);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }
}
