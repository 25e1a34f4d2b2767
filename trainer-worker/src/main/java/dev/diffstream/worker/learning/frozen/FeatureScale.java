package dev.diffstream.worker.learning.frozen;

import dev.diffstream.worker.learning.HeadValues;
import java.util.List;

/** Brings each feature to mean 0 and deviation 1 over some vectors, and heads back from there. */
final class FeatureScale {
  private static final double MIN_DEVIATION = 1e-6;

  private final double[] mean;
  private final double[] deviation;

  FeatureScale(List<float[]> vectors) {
    int width = vectors.getFirst().length;
    mean = new double[width];
    deviation = new double[width];
    for (float[] vector : vectors) {
      for (int f = 0; f < width; f++) {
        mean[f] += vector[f];
      }
    }
    for (int f = 0; f < width; f++) {
      mean[f] /= vectors.size();
    }
    for (float[] vector : vectors) {
      for (int f = 0; f < width; f++) {
        deviation[f] += (vector[f] - mean[f]) * (vector[f] - mean[f]);
      }
    }
    for (int f = 0; f < width; f++) {
      deviation[f] = Math.max(MIN_DEVIATION, Math.sqrt(deviation[f] / vectors.size()));
    }
  }

  float[] scaled(float[] vector) {
    float[] scaled = new float[vector.length];
    for (int f = 0; f < scaled.length; f++) {
      scaled[f] = (float) ((vector[f] - mean[f]) / deviation[f]);
    }
    return scaled;
  }

  /**
   * The head over plain features that says what this one says to scaled ones.
   *
   * @param head weights, output by output, and behind them the biases
   */
  HeadValues unscaled(double[] head, int outputs) {
    int width = mean.length;
    float[] weight = new float[outputs * width];
    float[] bias = new float[outputs];
    for (int o = 0; o < outputs; o++) {
      double shift = head[outputs * width + o];
      for (int f = 0; f < width; f++) {
        double plain = head[o * width + f] / deviation[f];
        weight[o * width + f] = (float) plain;
        shift -= plain * mean[f];
      }
      bias[o] = (float) shift;
    }
    return new HeadValues(outputs, width, weight, bias);
  }
}
