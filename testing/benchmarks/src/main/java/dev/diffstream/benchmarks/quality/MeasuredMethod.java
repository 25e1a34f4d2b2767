package dev.diffstream.benchmarks.quality;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.methods.LearningMethods;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A learning method with the settings that it is measured with.
 *
 * @param precision of the diff's values
 * @param settings beside the automatic ones
 * @param sweep the settings that are tried, of which the best on the dev rows is kept; one that is
 *     empty for methods that are measured with their automatic settings alone
 */
public record MeasuredMethod(
    String name,
    LearningMethod method,
    ValuePrecision precision,
    Map<String, Object> settings,
    List<Map<String, Object>> sweep) {
  private static final List<Map<String, Object>> NO_SWEEP = List.of(Map.of());

  /** The product's own. */
  public static final String DIFF_PRUNING = "diff-pruning";

  /** A method in fp32. */
  private MeasuredMethod(
      String name,
      LearningMethod method,
      Map<String, Object> settings,
      List<Map<String, Object>> sweep) {
    this(name, method, ValuePrecision.FP32, settings, sweep);
  }

  /** The method that the others are compared with. */
  public static final String REFERENCE = "full";

  /** Those that are asked for, in this order. */
  public static List<MeasuredMethod> of(List<String> names, int threads) {
    Map<String, MeasuredMethod> all =
        all(threads).stream().collect(Collectors.toMap(MeasuredMethod::name, Function.identity()));
    List<MeasuredMethod> chosen = new ArrayList<>();
    for (String name : names) {
      MeasuredMethod method = all.get(name);
      if (method == null) {
        throw new DiffstreamException(
            ErrorCode.INVALID_REQUEST, "method must be one of " + names() + ", got: " + name);
      }
      chosen.add(method);
    }
    return chosen;
  }

  /** Whether its diff can be kept and brought to other precisions. */
  boolean kept() {
    return method.publishes() && sweep.size() == 1 && precision == ValuePrecision.FP32;
  }

  /** The names of those that are measured where none is asked for: each in one precision. */
  public static List<String> defaults() {
    return all(1).stream()
        .filter(method -> method.precision() == ValuePrecision.FP32)
        .map(MeasuredMethod::name)
        .toList();
  }

  /** All names. */
  public static List<String> names() {
    return all(1).stream().map(MeasuredMethod::name).toList();
  }

  private static List<MeasuredMethod> all(int threads) {
    Map<String, LearningMethod> methods =
        LearningMethods.all(threads).stream()
            .collect(Collectors.toMap(LearningMethod::name, Function.identity()));
    LearningMethod diffPruning = found(methods, DIFF_PRUNING);
    List<MeasuredMethod> all = new ArrayList<>();
    all.add(new MeasuredMethod(DIFF_PRUNING, diffPruning, Map.of(), NO_SWEEP));
    for (ValuePrecision precision : ValuePrecision.values()) {
      if (precision != ValuePrecision.FP32) {
        String name = DIFF_PRUNING + "-" + precision.text();
        all.add(new MeasuredMethod(name, diffPruning, precision, Map.of(), NO_SWEEP));
      }
    }
    all.add(
        new MeasuredMethod(
            "diff-pruning-unstructured", diffPruning, Map.of("structured", false), NO_SWEEP));
    all.add(swept(methods, REFERENCE, rates("fullRate", 3e-5, 1e-4, 3e-4)));
    all.add(swept(methods, "head-only", rates("headRate", 1e-3, 5e-3, 2e-2)));
    all.add(swept(methods, "lottery-ticket", NO_SWEEP));
    for (String score : List.of("rand", "fish", "snip", "grad", "wm")) {
      all.add(
          new MeasuredMethod(
              "fixed-mask-" + score,
              found(methods, "fixed-mask"),
              Map.of("maskScore", score),
              score.equals("rand") ? rates("stage3Rate", 1e-3, 3e-3, 1e-2) : NO_SWEEP));
    }
    return all;
  }

  private static MeasuredMethod swept(
      Map<String, LearningMethod> methods, String name, List<Map<String, Object>> sweep) {
    return new MeasuredMethod(name, found(methods, name), Map.of(), sweep);
  }

  private static LearningMethod found(Map<String, LearningMethod> methods, String name) {
    LearningMethod method = methods.get(name);
    if (method == null) {
      throw new IllegalStateException("there is no method " + name);
    }
    return method;
  }

  private static List<Map<String, Object>> rates(String setting, double... rates) {
    return Arrays.stream(rates).mapToObj(rate -> Map.<String, Object>of(setting, rate)).toList();
  }
}
