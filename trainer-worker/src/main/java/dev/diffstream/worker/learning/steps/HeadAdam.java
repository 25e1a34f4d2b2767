package dev.diffstream.worker.learning.steps;

import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import java.nio.FloatBuffer;

/**
 * Adam (Kingma, Ba 2014; eps 1e-8, no weight decay) on a dense head, with its gradient's norm cut
 * at 1.
 */
public final class HeadAdam {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final Head head;
  private final double[] mean;
  private final double[] square;
  private long step;

  public HeadAdam(Head head) {
    this.head = head;
    int size = head.weight().capacity() + head.bias().capacity();
    this.mean = new double[size];
    this.square = new double[size];
  }

  public void save(StateWriter out) {
    out.doubles("head.step", step);
    HeadValues.of(head).save(out, "head");
    out.doubles("head.mean", mean);
    out.doubles("head.square", square);
  }

  /** Loads the values of the head too. */
  public void load(StateReader in) {
    step = (long) in.number("head.step");
    HeadValues values = HeadValues.of(head);
    values.load(in, "head");
    head.weight().put(0, values.weight());
    head.bias().put(0, values.bias());
    System.arraycopy(in.doubles("head.mean", mean.length), 0, mean, 0, mean.length);
    System.arraycopy(in.doubles("head.square", square.length), 0, square, 0, square.length);
  }

  public void advance(Gradients gradients, double rate) {
    step++;
    double clip = Math.min(1, 1 / (norm(gradients.headWeight(), gradients.headBias()) + 1e-6));
    update(head.weight(), gradients.headWeight(), 0, clip, rate);
    update(head.bias(), gradients.headBias(), head.weight().capacity(), clip, rate);
  }

  private void update(
      FloatBuffer values, FloatBuffer gradient, int offset, double clip, double rate) {
    double correction1 = 1 - Math.pow(BETA1, step);
    double correction2 = 1 - Math.pow(BETA2, step);
    for (int i = 0; i < values.limit(); i++) {
      double g = clip * gradient.get(i);
      double m = mean[offset + i] = BETA1 * mean[offset + i] + (1 - BETA1) * g;
      double v = square[offset + i] = BETA2 * square[offset + i] + (1 - BETA2) * g * g;
      double change = rate * (m / correction1) / (Math.sqrt(v / correction2) + EPSILON);
      values.put(i, values.get(i) - (float) change);
    }
  }

  private static double norm(FloatBuffer... parts) {
    double squares = 0;
    for (FloatBuffer part : parts) {
      for (int i = 0; i < part.limit(); i++) {
        squares += (double) part.get(i) * part.get(i);
      }
    }
    return Math.sqrt(squares);
  }
}
