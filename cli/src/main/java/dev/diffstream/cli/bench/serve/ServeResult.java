package dev.diffstream.cli.bench.serve;

import dev.diffstream.cli.bench.load.PhaseResult;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What was counted, and the figures made of it.
 *
 * @param rounds by number of tasks, a phase for each round
 * @param quiet a lone client of one task, with nobody else
 * @param flooded the same client beside many of another task
 * @param others phases of which only the answers count
 * @param announcedToServed of versions that were announced while clients asked
 * @param start of a gateway until it is ready
 * @param memory of the gateway, before that start
 */
record ServeResult(
    Map<Integer, List<PhaseResult>> rounds,
    List<PhaseResult> quiet,
    List<PhaseResult> flooded,
    List<PhaseResult> others,
    List<Duration> announcedToServed,
    Duration start,
    GatewayMemory memory) {

  int wrong() {
    return sum(PhaseResult::wrong);
  }

  int lost() {
    return sum(PhaseResult::lost);
  }

  int answered() {
    return sum(PhaseResult::answered);
  }

  private int sum(ToIntFunction<PhaseResult> what) {
    return phases().mapToInt(what).sum();
  }

  private Stream<PhaseResult> phases() {
    return Stream.of(
            rounds.values().stream().flatMap(List::stream).toList(), quiet, flooded, others)
        .flatMap(List::stream);
  }

  /** What was wrong with the first answer that was not right; empty if all were. */
  String firstFault() {
    return phases()
        .map(PhaseResult::firstFault)
        .filter(fault -> !fault.isEmpty())
        .findFirst()
        .orElse("");
  }

  /** 99th percentiles of the lone client's answers, of all rounds together. */
  Map<String, Object> flood() {
    double alone = PhaseResult.percentile(micros(quiet), 0.99);
    double beside = PhaseResult.percentile(micros(flooded), 0.99);
    return Map.of("quietP99Millis", alone, "floodedP99Millis", beside, "ratio", beside / alone);
  }

  private static int[] micros(List<PhaseResult> phases) {
    return phases.stream().flatMapToInt(r -> Arrays.stream(r.micros())).sorted().toArray();
  }

  /** The median over the rounds of this figure of one number of tasks over that of another. */
  double ratio(int above, int below, ToDoubleFunction<PhaseResult> figure) {
    List<PhaseResult> upper = of(above);
    List<PhaseResult> lower = of(below);
    return median(
        IntStream.range(0, upper.size())
            .mapToDouble(
                i -> figure.applyAsDouble(upper.get(i)) / figure.applyAsDouble(lower.get(i)))
            .toArray());
  }

  double median(int tasks, ToDoubleFunction<PhaseResult> figure) {
    return median(of(tasks).stream().mapToDouble(figure).toArray());
  }

  private List<PhaseResult> of(int tasks) {
    return Objects.requireNonNull(rounds.get(tasks), () -> "nobody asked " + tasks + " tasks");
  }

  /** By number of tasks: median throughput, and percentiles of all rounds' answers together. */
  List<Map<String, Object>> sizes() {
    return rounds.keySet().stream().map(this::size).toList();
  }

  private Map<String, Object> size(int tasks) {
    int[] micros = micros(of(tasks));
    Map<String, Object> size = new LinkedHashMap<>();
    size.put("tasks", tasks);
    size.put("answers", micros.length);
    size.put("textsPerSecond", median(tasks, PhaseResult::throughput));
    if (micros.length > 0) {
      size.put("p50Millis", PhaseResult.percentile(micros, 0.5));
      size.put("p95Millis", PhaseResult.percentile(micros, 0.95));
      size.put("p99Millis", PhaseResult.percentile(micros, 0.99));
    }
    return size;
  }

  /** Of the announcements: milliseconds that so many of them took at most. */
  double announcedToServedMillis(double share) {
    int[] micros =
        announcedToServed.stream()
            .mapToInt(each -> Math.toIntExact(each.toNanos() / 1000))
            .sorted()
            .toArray();
    return PhaseResult.percentile(micros, share);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }
}
