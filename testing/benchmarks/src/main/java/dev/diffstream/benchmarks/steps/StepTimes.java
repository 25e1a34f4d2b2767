package dev.diffstream.benchmarks.steps;

import dev.diffstream.benchmarks.statistics.Median;
import dev.diffstream.benchmarks.steps.StepKind.EmbeddingRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Times the kinds of step against each other in one process: in every round each takes one step, in
 * shuffled turns, so that what else the machine does hits all of them alike.
 */
final class StepTimes {
  /** Rounds until compilers and allocators have settled. */
  private static final int WARM_UP = 12;

  private StepTimes() {}

  /**
   * One kind of step.
   *
   * @param seconds median
   * @param ratio median over the rounds of its time over full fine-tuning's in the same round
   */
  record Time(StepKind kind, double seconds, double ratio, double firstLoss, double lastLoss) {}

  /** In the order of the kinds. Checks that the steps did their work. */
  static List<Time> measure(String baseName, EmbeddingRows rows, int rounds) {
    List<Stepper> steppers = new ArrayList<>();
    try {
      List<StepCheck> checks = new ArrayList<>();
      for (StepKind kind : StepKind.values()) {
        Stepper stepper = new Stepper(kind, rows, baseName);
        steppers.add(stepper);
        checks.add(new StepCheck(stepper, rows));
      }
      Random order = new Random(3);
      rounds(steppers, WARM_UP, order);
      checks.forEach(StepCheck::changes);
      Map<StepKind, double[]> seconds = rounds(steppers, rounds, order);
      checks.forEach(StepCheck::losses);
      return steppers.stream().map(stepper -> time(stepper, seconds)).toList();
    } finally {
      steppers.forEach(Stepper::close);
    }
  }

  private static Map<StepKind, double[]> rounds(List<Stepper> steppers, int rounds, Random order) {
    Map<StepKind, double[]> seconds = new EnumMap<>(StepKind.class);
    steppers.forEach(stepper -> seconds.put(stepper.kind(), new double[rounds]));
    List<Stepper> turns = new ArrayList<>(steppers);
    for (int round = 0; round < rounds; round++) {
      Collections.shuffle(turns, order);
      for (Stepper stepper : turns) {
        double took = stepper.step();
        seconds.computeIfAbsent(stepper.kind(), k -> new double[rounds])[round] = took;
      }
    }
    return seconds;
  }

  private static Time time(Stepper stepper, Map<StepKind, double[]> seconds) {
    double[] own = seconds.getOrDefault(stepper.kind(), new double[0]);
    double[] full = seconds.getOrDefault(StepKind.FULL, new double[0]);
    double[] ratios = new double[own.length];
    Arrays.setAll(ratios, i -> own[i] / full[i]);
    return new Time(
        stepper.kind(), Median.of(own), Median.of(ratios), stepper.firstLoss(), stepper.lastLoss());
  }
}
