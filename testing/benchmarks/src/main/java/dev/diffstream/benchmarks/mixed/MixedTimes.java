package dev.diffstream.benchmarks.mixed;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.mixed.KernelPass;
import dev.diffstream.base.mixed.MixedPass.Request;
import dev.diffstream.base.mixed.PreparedDelta;
import dev.diffstream.benchmarks.statistics.Median;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A batch of short texts, each of another task, against the same texts of one task and against the
 * ways there are without mixed batches. In every round each takes one turn, in shuffled order, so
 * that what else the machine does hits all alike. The answers are checked before anything is timed.
 */
public final class MixedTimes {
  private static final int MIN_TOKENS = 8;
  private static final int MAX_TOKENS = 32;
  private static final int OUTPUTS = 3;
  private static final int FIRST_WORD = 1000;
  private static final double MAX_ERROR = 1e-4;
  private static final double MAX_LOW_ERROR = 0.1;
  private static final int WARM_UP = 20;
  private static final int SEVEN = 7;

  private final Base base;
  private final KernelPass pass;
  private final int threads;
  private final Overlay overlay;
  private final Random random = new Random(7);
  private final List<SparseDelta> deltas = new ArrayList<>();
  private final List<PreparedDelta> prepared = new ArrayList<>();
  private final List<PreparedDelta> upper = new ArrayList<>();
  private final List<Encoding> texts = new ArrayList<>();
  private final Head head;

  /** What takes turns. */
  private enum Turn {
    ONE_TASK(true),
    MIXED(true),
    GROUPED(false),
    ENGINE_PADDED(false),
    ONE_TEXT(true),
    SEVEN_TASKS(true),
    SEVEN_UPPER_TASKS(true);

    /** Whether threads above the engine share the batch, each with one of the engine's own. */
    private final boolean above;

    Turn(boolean above) {
      this.above = above;
    }
  }

  /**
   * Medians over the rounds; ratios are medians of ratios within a round.
   *
   * @param maxDifference between mixed answers and those with the diff in place
   * @param minTaskDifference of two tasks' answers to the same text, the smallest of all texts
   * @param oneTaskMillis all texts ask one task
   * @param mixedMillis each text asks another task
   * @param groupedMillis text by text, each with its diff in place
   * @param enginePaddedMillis one task, in place, by the training script: one padded batch
   * @param throughputRatio texts a second of mixed over one task
   * @param mixedOverGrouped texts a second of mixed over grouped
   * @param packedOverPadded texts a second of one task over the padded batch
   * @param oneTextMillis one text of one task
   * @param sevenTasksOverOne time of seven tasks about one text over that of one; null of fewer
   *     tasks
   * @param sevenUpperTasksOverOne the same of diffs in the upper half of the layers, which share
   *     the lower half
   * @param bytesPerTask of a prepared diff
   */
  public record Report(
      int texts,
      int tokens,
      int threads,
      double maxDifference,
      double minTaskDifference,
      double oneTaskMillis,
      double mixedMillis,
      double groupedMillis,
      double enginePaddedMillis,
      double throughputRatio,
      double mixedOverGrouped,
      double packedOverPadded,
      double oneTextMillis,
      @Nullable Double sevenTasksOverOne,
      double sevenUpperTasksOverOne,
      long bytesPerTask) {}

  private MixedTimes(Base base, KernelPass pass, int threads, int size) {
    this.base = base;
    this.threads = threads;
    this.pass = pass;
    this.overlay = new Overlay(base);
    this.head = new Head(OUTPUTS, base.encoder().featureCount(false));
    for (int i = 0; i < head.weight().capacity(); i++) {
      head.weight().put(i, (float) random.nextGaussian() * 0.1f);
    }
    for (int i = 0; i < size; i++) {
      SparseDelta delta = RandomDelta.of(base, random);
      deltas.add(delta);
      prepared.add(pass.prepare(delta));
      int tokens = random.nextInt(MIN_TOKENS, MAX_TOKENS + 1);
      int vocab = base.architecture().vocab();
      int[] ids = random.ints(tokens, Math.min(FIRST_WORD, vocab - 1), vocab).toArray();
      texts.add(Encoding.ofTokens(ids));
    }
    for (int i = 0; i < SEVEN; i++) {
      upper.add(pass.prepare(RandomDelta.ofUpperHalf(base, random)));
    }
  }

  /**
   * @param threads that share a batch, or those of the engine where it computes alone
   * @param compute format of the products of what is computed here
   * @param size texts of a batch, and tasks
   * @throws IllegalStateException if an answer is wrong
   */
  public static Report measure(Base base, int threads, Compute compute, int size, int rounds) {
    double most = compute == Compute.FP32 ? MAX_ERROR : MAX_LOW_ERROR;
    try (KernelPass pass = new KernelPass(base, threads, compute)) {
      MixedTimes times = new MixedTimes(base, pass, threads, size);
      double error = times.check();
      double difference = times.minTaskDifference();
      if (error > most || difference < 10 * MAX_ERROR) {
        throw new IllegalStateException(
            "answers differ by %s from those in place, and by %s between tasks"
                .formatted(error, difference));
      }
      times.rounds(WARM_UP);
      Report report = times.report(error, difference, times.rounds(rounds));
      times.prepared.forEach(PreparedDelta::release);
      times.upper.forEach(PreparedDelta::release);
      return report;
    }
  }

  private Report report(double error, double difference, Map<Turn, double[]> millis) {
    double[] one = millis.getOrDefault(Turn.ONE_TASK, new double[0]);
    double[] mixed = millis.getOrDefault(Turn.MIXED, new double[0]);
    double[] grouped = millis.getOrDefault(Turn.GROUPED, new double[0]);
    double[] padded = millis.getOrDefault(Turn.ENGINE_PADDED, new double[0]);
    double[] text = millis.getOrDefault(Turn.ONE_TEXT, new double[0]);
    double[] seven = millis.getOrDefault(Turn.SEVEN_TASKS, new double[0]);
    return new Report(
        texts.size(),
        texts.stream().mapToInt(Encoding::length).sum(),
        threads,
        error,
        difference,
        Median.of(one),
        Median.of(mixed),
        Median.of(grouped),
        Median.of(padded),
        Median.ofRatios(one, mixed),
        Median.ofRatios(grouped, mixed),
        Median.ofRatios(padded, one),
        Median.of(text),
        texts.size() < SEVEN ? null : Median.ofRatios(seven, text),
        Median.ofRatios(millis.getOrDefault(Turn.SEVEN_UPPER_TASKS, new double[0]), text),
        prepared.getFirst().bytes());
  }

  private List<Request> requests(boolean mixed) {
    return IntStream.range(0, texts.size())
        .mapToObj(i -> new Request(texts.get(i), prepared.get(mixed ? i : 0), head, null))
        .toList();
  }

  /** The first text, asked of these tasks. */
  private List<Request> oneText(List<PreparedDelta> tasks) {
    return tasks.stream().map(delta -> new Request(texts.getFirst(), delta, head, null)).toList();
  }

  private double check() {
    List<float[][]> answers = pass.logits(requests(true));
    double error = 0;
    for (int i = 0; i < texts.size(); i++) {
      error = Math.max(error, difference(answers.get(i)[0], inPlace(i, i)));
    }
    return error;
  }

  private double minTaskDifference() {
    double smallest = Double.MAX_VALUE;
    for (int i = 0; i < texts.size(); i++) {
      int other = (i + 1) % texts.size();
      smallest = Math.min(smallest, difference(inPlace(i, i), inPlace(other, i)));
    }
    return smallest;
  }

  private float[] inPlace(int task, int text) {
    overlay.apply(deltas.get(task));
    float[] logits = base.encoder().logits(Batch.of(List.of(texts.get(text))), head)[0];
    overlay.restore();
    return logits;
  }

  private static double difference(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }

  private Map<Turn, double[]> rounds(int rounds) {
    Map<Turn, double[]> millis = new EnumMap<>(Turn.class);
    List<Request> one = requests(false);
    List<Request> mixed = requests(true);
    List<Request> text = oneText(prepared.subList(0, 1));
    List<Request> seven = oneText(prepared.subList(0, Math.min(SEVEN, prepared.size())));
    List<Request> sevenUpper = oneText(upper);
    Batch padded = Batch.of(texts);
    List<Turn> turns = new ArrayList<>(List.of(Turn.values()));
    for (int round = 0; round < rounds; round++) {
      Collections.shuffle(turns, random);
      for (Turn turn : turns) {
        TensorEngine.useThreads(turn.above ? 1 : threads);
        long start = System.nanoTime();
        switch (turn) {
          case ONE_TASK -> pass.logits(one);
          case MIXED -> pass.logits(mixed);
          case GROUPED -> IntStream.range(0, texts.size()).forEach(i -> inPlace(i, i));
          case ENGINE_PADDED -> base.encoder().logits(padded, head);
          case ONE_TEXT -> pass.logits(text);
          case SEVEN_TASKS -> pass.logits(seven);
          case SEVEN_UPPER_TASKS -> pass.logits(sevenUpper);
        }
        millis.computeIfAbsent(turn, t -> new double[rounds])[round] =
            (System.nanoTime() - start) / 1e6;
      }
    }
    return millis;
  }
}
