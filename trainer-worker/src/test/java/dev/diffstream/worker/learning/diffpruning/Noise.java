package dev.diffstream.worker.learning.diffpruning;

/** The noise of the gates, one number at a time: what the vectors must agree with. */
final class Noise {
  private Noise() {}

  static float at(int index, int stepSeed) {
    int x = index * 0x9E3779B1 + stepSeed;
    x = (x ^ (x >>> 16)) * 0x7feb352d;
    x = (x ^ (x >>> 15)) * 0x846ca68b;
    x = x ^ (x >>> 16);
    return Math.min(1 - 1e-4f, Math.max(1e-4f, ((x >>> 9) + 0.5f) * 0x1p-23f));
  }
}
