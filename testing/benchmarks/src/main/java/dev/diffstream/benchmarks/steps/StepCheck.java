package dev.diffstream.benchmarks.steps;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.benchmarks.steps.StepKind.EmbeddingRows;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Whether steps did what a step of their kind must do: a figure for work that was left out is
 * worthless.
 */
final class StepCheck {
  /** A group gate is shut now and then, and its parameter then stands at its untouched values. */
  private static final double MIN_CHANGED_IN_STAGE1 = 0.9;

  private final Stepper stepper;
  private final EmbeddingRows rows;
  private final List<float[]> before;

  /** Before the first step. */
  StepCheck(Stepper stepper, EmbeddingRows rows) {
    this.stepper = stepper;
    this.rows = rows;
    this.before = stepper.base().parameters().stream().map(StepCheck::values).toList();
  }

  /** IllegalStateException for parameters that did not change, or that should not have. */
  void changes() {
    Base base = stepper.base();
    long values = 0;
    long parameters = 0;
    for (int p = 0; p < before.size(); p++) {
      Parameter parameter = base.parameters().get(p);
      long changed = changed(parameter, before.get(p));
      values += changed;
      parameters += changed > 0 ? 1 : 0;
    }
    long least =
        switch (stepper.kind()) {
          case FULL -> before.size();
          case STAGE1 -> (long) (MIN_CHANGED_IN_STAGE1 * before.size());
          case STAGE3 -> 1;
        };
    if (parameters < least) {
      throw wrong("changed %d parameters, expected at least %d".formatted(parameters, least));
    }
    if (stepper.kind() == StepKind.STAGE3 && values > StepKind.maskSize(base)) {
      throw wrong(
          "changed %d values, expected at most %d".formatted(values, StepKind.maskSize(base)));
    }
  }

  /** IllegalStateException for losses that are no numbers or that did not fall. */
  void losses() {
    for (float loss : stepper.losses()) {
      if (!Float.isFinite(loss)) {
        throw wrong("had the loss " + loss);
      }
    }
    if (!(stepper.lastLoss() < stepper.firstLoss())) {
      throw wrong(
          "brought the loss from %s to %s".formatted(stepper.firstLoss(), stepper.lastLoss()));
    }
  }

  private long changed(Parameter parameter, float[] old) {
    float[] now = values(parameter);
    int width = parameter.shape().getLast();
    int[] free = rows.withState(stepper.base()).get(parameter.name());
    int touchable = free == null ? now.length : free.length * width;
    long changed = 0;
    for (int i = 0; i < now.length; i++) {
      if (Float.floatToRawIntBits(now[i]) != Float.floatToRawIntBits(old[i])) {
        changed++;
        if (i >= touchable) {
          throw wrong(
              "changed row %d of %s, which no token uses".formatted(i / width, parameter.name()));
        }
      }
    }
    return changed;
  }

  private IllegalStateException wrong(String what) {
    return new IllegalStateException(
        "%d steps of %s %s".formatted(stepper.losses().size(), stepper.kind().text(), what));
  }

  private static float[] values(Parameter parameter) {
    FloatBuffer values = parameter.values();
    float[] copy = new float[values.capacity()];
    values.get(0, copy);
    return copy;
  }
}
