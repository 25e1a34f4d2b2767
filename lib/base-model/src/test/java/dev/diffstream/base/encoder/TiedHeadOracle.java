package dev.diffstream.base.encoder;

import dev.diffstream.base.Base;
import java.nio.FloatBuffer;

/** The head of a masked language model, one value after another. */
final class TiedHeadOracle {
  private TiedHeadOracle() {}

  static double[] logits(Base base, Head head, float[] state) {
    int width = state.length;
    FloatBuffer w = head.weight();
    double[] t = new double[width];
    double mean = 0;
    for (int i = 0; i < width; i++) {
      double x = w.get(width * width + i);
      for (int j = 0; j < width; j++) {
        x += (double) w.get(i * width + j) * state[j];
      }
      t[i] = x * normal(x);
      mean += t[i] / width;
    }
    double variance = 0;
    for (double x : t) {
      variance += (x - mean) * (x - mean) / width;
    }
    for (int i = 0; i < width; i++) {
      double plain = (t[i] - mean) / Math.sqrt(variance + base.architecture().layerNormEps());
      t[i] = plain * w.get(width * (width + 1) + i) + w.get(width * (width + 2) + i);
    }
    FloatBuffer words = words(base);
    double[] logits = new double[head.outputs()];
    for (int word = 0; word < logits.length; word++) {
      logits[word] = head.bias().get(word);
      for (int i = 0; i < width; i++) {
        logits[word] += t[i] * words.get(word * width + i);
      }
    }
    return logits;
  }

  private static FloatBuffer words(Base base) {
    return base.parameters().stream()
        .filter(p -> p.name().equals("embeddings.word_embeddings.weight"))
        .findFirst()
        .orElseThrow()
        .values();
  }

  /** The normal distribution at x, by the trapezoid rule from far below. */
  private static double normal(double x) {
    int steps = 20_000;
    double from = -12;
    double width = (x - from) / steps;
    double sum = 0;
    for (int i = 0; i <= steps; i++) {
      double at = from + i * width;
      sum += (i == 0 || i == steps ? 0.5 : 1) * Math.exp(-at * at / 2);
    }
    return sum * width / Math.sqrt(2 * Math.PI);
  }
}
