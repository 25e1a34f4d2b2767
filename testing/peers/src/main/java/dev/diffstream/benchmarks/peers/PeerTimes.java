package dev.diffstream.benchmarks.peers;

import ai.onnxruntime.OrtException;
import dev.diffstream.base.Base;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.mixed.KernelPass;
import dev.diffstream.base.mixed.MixedPass.Request;
import dev.diffstream.base.mixed.PreparedDelta;
import dev.diffstream.benchmarks.mixed.RandomDelta;
import dev.diffstream.benchmarks.statistics.Median;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A batch of short texts, here and in other programs. In every round each way takes one turn, in
 * shuffled order, all on as many threads. Answers are compared first: of one task those of the bare
 * base, since others would hold its diff merged at no cost; of many tasks those of the same
 * adapters in the other programs, and that they differ from the base's.
 */
final class PeerTimes implements AutoCloseable {
  /** Here, all texts of one task with a diff of 0.5 %. */
  private static final String ONE_TASK = "here-one-task";

  /** Here, each text of another task. */
  private static final String MANY_TASKS = "here-many-tasks";

  private static final String ONNX = "onnxruntime-";
  private static final String PYTORCH = "pytorch-";
  private static final List<String> ADAPTERS =
      List.of("peft-lora", "peft-lora-mixed", "ort-adapters");
  private static final String SHIRA = "peft-shira";

  private static final double MAX_ERROR = 1e-4;
  private static final int WARM_UP = 10;

  private final KernelPass pass;
  private final OnnxRuntimeModel onnx;
  private final @Nullable PythonPeer python;
  private final PeerTexts texts;
  private final Random random;
  private final List<PreparedDelta> deltas = new ArrayList<>();

  /** Ways whose answers are not what they should be, with the reason; they take no turns. */
  private final Map<String, String> wrong = new TreeMap<>();

  /** Takes one turn, and says how long it took in milliseconds. */
  @FunctionalInterface
  private interface Way {
    double run() throws OrtException;
  }

  /**
   * Ratios are texts a second here over those of the best of another program's ways, as medians of
   * the ratios within a round: of one task, or of many tasks; null where it was not measured.
   *
   * @param maxDifference between answers that should be the same
   * @param millis by way, medians over the rounds
   * @param overOnnxRuntime one task
   * @param overPyTorch one task; sdpa, padded
   * @param overPeftSwitching each text of another task, against adapters switched by name
   * @param overPeftMixed the same, against one padded batch whose rows name LoRA adapters
   * @param overOrtAdapters the same, against LoRA adapters that ONNX Runtime makes active
   * @param notMeasured reasons
   */
  record Report(
      Map<String, String> versions,
      int texts,
      int tokens,
      int threads,
      double maxDifference,
      Map<String, Double> millis,
      @Nullable Double overOnnxRuntime,
      @Nullable Double overPyTorch,
      @Nullable Double overPeftSwitching,
      @Nullable Double overPeftMixed,
      @Nullable Double overOrtAdapters,
      Map<String, String> notMeasured) {}

  private PeerTimes(Base base, PeerTexts texts, int threads, Random random)
      throws OrtException, IOException {
    this.texts = texts;
    this.random = random;
    TensorEngine.useThreads(1);
    this.pass = new KernelPass(base, threads);
    this.onnx = new OnnxRuntimeModel(threads, texts.head());
    this.python =
        PythonPeer.isInstalled()
            ? PythonPeer.start(base, texts.texts(), texts.head(), threads)
            : null;
    for (int i = 0; i < texts.size(); i++) {
      deltas.add(pass.prepare(RandomDelta.of(base, random)));
    }
  }

  /**
   * @param base MiniLM
   * @throws IllegalStateException if the answers differ
   */
  static Report measure(Base base, int threads, int rounds) throws OrtException, IOException {
    Random random = new Random(17);
    PeerTexts texts = PeerTexts.random(base, random);
    try (PeerTimes times = new PeerTimes(base, texts, threads, random)) {
      double difference = times.check();
      times.rounds(WARM_UP);
      return times.report(times.rounds(rounds), difference, threads);
    }
  }

  private double check() throws OrtException {
    PreparedDelta none = pass.prepare(new SparseDelta(List.of()));
    float[][] here =
        pass.logits(texts.requests(i -> none)).stream()
            .map(rows -> rows[0])
            .toArray(float[][]::new);
    none.release();
    double difference = expectSame("ONNX Runtime, padded", onnx.logits(texts.texts()), here);
    float[][] alone = new float[here.length][];
    for (int i = 0; i < here.length; i++) {
      alone[i] = onnx.logits(List.of(texts.texts().get(i)))[0];
    }
    difference = Math.max(difference, expectSame("ONNX Runtime, text by text", alone, here));
    return python == null ? difference : Math.max(difference, checkPython(python, here));
  }

  private double checkPython(PythonPeer python, float[][] here) {
    double difference = 0;
    float[][] adapted = null;
    for (String way : python.ways()) {
      float[][] logits = python.logits(way);
      try {
        if (way.startsWith(PYTORCH)) {
          difference = Math.max(difference, expectSame(way, logits, here));
        } else {
          expectOthers(way, logits, here);
        }
        if (ADAPTERS.contains(way)) {
          adapted = adapted == null ? logits : adapted;
          difference = Math.max(difference, expectSame(way, logits, adapted));
        }
      } catch (IllegalStateException e) {
        wrong.put(way, String.valueOf(e.getMessage()));
      }
    }
    return difference;
  }

  private static void expectOthers(String way, float[][] logits, float[][] bare) {
    for (int i = 0; i < bare.length; i++) {
      if (largest(logits[i], bare[i]) < 10 * MAX_ERROR) {
        throw new IllegalStateException(way + ": the adapter of text " + i + " changes nothing");
      }
    }
  }

  private static double expectSame(String what, float[][] found, float[][] expected) {
    double difference =
        IntStream.range(0, expected.length)
            .mapToDouble(i -> largest(found[i], expected[i]))
            .max()
            .orElseThrow();
    if (!(difference <= MAX_ERROR)) {
      throw new IllegalStateException(
          "%s: answers differ by %s from what was expected".formatted(what, difference));
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

  private Map<String, Way> ways() {
    Map<String, Way> ways = new TreeMap<>();
    List<Request> one = texts.requests(i -> deltas.getFirst());
    List<Request> many = texts.requests(deltas::get);
    ways.put(ONE_TASK, timed(() -> pass.logits(one)));
    ways.put(MANY_TASKS, timed(() -> pass.logits(many)));
    ways.put(ONNX + "padded", timed(() -> onnx.logits(texts.texts())));
    ways.put(
        ONNX + "text-by-text",
        timed(
            () -> {
              for (Encoding text : texts.texts()) {
                onnx.logits(List.of(text));
              }
            }));
    if (python != null) {
      python.ways().stream()
          .filter(way -> !wrong.containsKey(way))
          .forEach(way -> ways.put(way, () -> python.millis(way)));
    }
    return ways;
  }

  @FunctionalInterface
  private interface Turn {
    void run() throws OrtException;
  }

  private static Way timed(Turn turn) {
    return () -> {
      long start = System.nanoTime();
      turn.run();
      return (System.nanoTime() - start) / 1e6;
    };
  }

  private Map<String, double[]> rounds(int rounds) throws OrtException {
    Map<String, Way> ways = ways();
    List<String> turns = new ArrayList<>(ways.keySet());
    Map<String, double[]> millis = new TreeMap<>();
    for (int round = 0; round < rounds; round++) {
      Collections.shuffle(turns, random);
      for (String turn : turns) {
        millis.computeIfAbsent(turn, t -> new double[rounds])[round] =
            Objects.requireNonNull(ways.get(turn)).run();
      }
    }
    return millis;
  }

  private Report report(Map<String, double[]> millis, double difference, int threads) {
    Map<String, String> versions = new TreeMap<>(Map.of("onnxruntime (Java)", onnx.version()));
    Map<String, String> notMeasured = new TreeMap<>();
    if (python == null) {
      notMeasured.put("python", "testing/peers/install found no Python, or was not run");
    } else {
      versions.putAll(python.versions());
      notMeasured.putAll(python.missing());
      notMeasured.putAll(wrong);
    }
    Map<String, Double> medians = new TreeMap<>();
    millis.forEach((way, times) -> medians.put(way, Median.of(times)));
    return new Report(
        versions,
        texts.size(),
        texts.tokens(),
        threads,
        difference,
        medians,
        ratio(millis, ONE_TASK, way -> way.startsWith(ONNX)),
        ratio(millis, ONE_TASK, way -> way.startsWith(PYTORCH)),
        ratio(millis, MANY_TASKS, way -> way.equals("peft-lora") || way.equals(SHIRA)),
        ratio(millis, MANY_TASKS, way -> way.equals("peft-lora-mixed")),
        ratio(millis, MANY_TASKS, way -> way.equals("ort-adapters")),
        notMeasured);
  }

  /** Against the best of the other ways. */
  private static @Nullable Double ratio(
      Map<String, double[]> millis, String here, Predicate<String> others) {
    double[] ours = Objects.requireNonNull(millis.get(here));
    return millis.entrySet().stream()
        .filter(way -> others.test(way.getKey()))
        .map(way -> Median.ofRatios(way.getValue(), ours))
        .min(Double::compare)
        .orElse(null);
  }

  @Override
  public void close() throws OrtException {
    deltas.forEach(PreparedDelta::release);
    if (python != null) {
      python.close();
    }
    onnx.close();
    pass.close();
  }
}
