package dev.diffstream.benchmarks.peers;

import ai.onnxruntime.OrtException;
import dev.diffstream.base.Base;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.mixed.KernelPass;
import dev.diffstream.base.mixed.MixedPass.Request;
import dev.diffstream.base.mixed.PreparedDelta;
import dev.diffstream.benchmarks.mixed.RandomDelta;
import dev.diffstream.benchmarks.statistics.Median;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * A batch of short texts of one task, here and in ONNX Runtime. In every round each takes one turn,
 * in shuffled order. The bare base's answers are compared first; in the turns, texts here ask a
 * task with a diff of 0.5 %, which ONNX Runtime would hold merged into the same graph at no cost.
 */
final class PeerTimes {
  private static final int TEXTS = 16;
  private static final int MIN_TOKENS = 8;
  private static final int MAX_TOKENS = 32;
  private static final int FIRST_WORD = 1000;
  private static final int OUTPUTS = 3;
  private static final double MAX_ERROR = 1e-4;
  private static final int WARM_UP = 20;

  private final KernelPass pass;
  private final OnnxRuntimeModel onnx;
  private final Head head;
  private final List<Encoding> texts;
  private final Random random;

  /** What takes turns. */
  private enum Turn {
    HERE,
    ONNX_PADDED,
    ONNX_TEXT_BY_TEXT
  }

  /**
   * Medians over the rounds.
   *
   * @param maxDifference between the answers of both
   * @param overOnnxRuntime texts a second here over those of the better of its two ways; the median
   *     of the ratios within a round
   */
  record Report(
      String onnxRuntime,
      int texts,
      int tokens,
      int threads,
      double maxDifference,
      double hereMillis,
      double onnxPaddedMillis,
      double onnxTextByTextMillis,
      double overOnnxRuntime) {}

  private PeerTimes(
      KernelPass pass, OnnxRuntimeModel onnx, Head head, List<Encoding> texts, Random random) {
    this.pass = pass;
    this.onnx = onnx;
    this.head = head;
    this.texts = texts;
    this.random = random;
  }

  /**
   * @param base MiniLM
   * @throws IllegalStateException if the answers differ
   */
  static Report measure(Base base, int threads, int rounds) throws OrtException {
    Random random = new Random(17);
    Head head = new Head(OUTPUTS, base.encoder().featureCount(false));
    for (int i = 0; i < head.weight().capacity(); i++) {
      head.weight().put(i, (float) random.nextGaussian() * 0.1f);
    }
    List<Encoding> texts = new ArrayList<>();
    int vocab = base.architecture().vocab();
    for (int i = 0; i < TEXTS; i++) {
      int tokens = random.nextInt(MIN_TOKENS, MAX_TOKENS + 1);
      texts.add(Encoding.ofTokens(random.ints(tokens, FIRST_WORD, vocab).toArray()));
    }
    TensorEngine.useThreads(1);
    try (KernelPass pass = new KernelPass(base, threads);
        OnnxRuntimeModel onnx = new OnnxRuntimeModel(threads, head)) {
      PeerTimes times = new PeerTimes(pass, onnx, head, texts, random);
      double difference = times.check();
      PreparedDelta delta = pass.prepare(RandomDelta.of(base, random));
      times.rounds(delta, WARM_UP);
      Report report = times.report(times.rounds(delta, rounds), difference, threads);
      delta.release();
      return report;
    }
  }

  private double check() throws OrtException {
    PreparedDelta none = pass.prepare(new SparseDelta(List.of()));
    List<float[][]> here = pass.logits(requests(none));
    none.release();
    float[][] padded = onnx.logits(texts);
    double difference = 0;
    for (int i = 0; i < texts.size(); i++) {
      float[] alone = onnx.logits(List.of(texts.get(i)))[0];
      difference = Math.max(difference, largest(here.get(i)[0], padded[i]));
      difference = Math.max(difference, largest(here.get(i)[0], alone));
    }
    if (!(difference <= MAX_ERROR)) {
      throw new IllegalStateException(
          "the answers of ONNX Runtime differ by %s from those here".formatted(difference));
    }
    return difference;
  }

  private static double largest(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }

  private List<Request> requests(PreparedDelta delta) {
    return texts.stream().map(text -> new Request(text, delta, head, null)).toList();
  }

  private Map<Turn, double[]> rounds(PreparedDelta delta, int rounds) throws OrtException {
    Map<Turn, double[]> millis = new EnumMap<>(Turn.class);
    List<Request> requests = requests(delta);
    List<Turn> turns = new ArrayList<>(List.of(Turn.values()));
    for (int round = 0; round < rounds; round++) {
      Collections.shuffle(turns, random);
      for (Turn turn : turns) {
        long start = System.nanoTime();
        switch (turn) {
          case HERE -> pass.logits(requests);
          case ONNX_PADDED -> onnx.logits(texts);
          case ONNX_TEXT_BY_TEXT -> {
            for (Encoding text : texts) {
              onnx.logits(List.of(text));
            }
          }
        }
        millis.computeIfAbsent(turn, t -> new double[rounds])[round] =
            (System.nanoTime() - start) / 1e6;
      }
    }
    return millis;
  }

  private Report report(Map<Turn, double[]> millis, double difference, int threads) {
    double[] here = Objects.requireNonNull(millis.get(Turn.HERE));
    double[] padded = Objects.requireNonNull(millis.get(Turn.ONNX_PADDED));
    double[] alone = Objects.requireNonNull(millis.get(Turn.ONNX_TEXT_BY_TEXT));
    return new Report(
        onnx.version(),
        texts.size(),
        texts.stream().mapToInt(Encoding::length).sum(),
        threads,
        difference,
        Median.of(here),
        Median.of(padded),
        Median.of(alone),
        Math.min(Median.ofRatios(padded, here), Median.ofRatios(alone, here)));
  }
}
