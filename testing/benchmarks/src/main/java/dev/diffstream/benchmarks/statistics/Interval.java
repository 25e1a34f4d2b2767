package dev.diffstream.benchmarks.statistics;

import java.util.Locale;

/** A 95 % interval. */
public record Interval(double low, double high) {
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "[%+.2f, %+.2f]", low, high);
  }
}
