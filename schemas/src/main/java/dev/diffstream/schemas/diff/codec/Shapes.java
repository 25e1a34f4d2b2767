package dev.diffstream.schemas.diff.codec;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What shape a changed parameter may have. */
public final class Shapes {
  static final int MAX_DIMENSIONS = 8;

  private Shapes() {}

  /** What is wrong with it; null for nothing. */
  public static @Nullable String fault(List<Integer> shape) {
    if (shape.size() > MAX_DIMENSIONS) {
      return "more than " + MAX_DIMENSIONS + " dimensions";
    }
    long size = 1;
    for (int dimension : shape) {
      if (dimension < 1) {
        return "a dimension below 1";
      }
      size *= dimension;
      if (size > Integer.MAX_VALUE) {
        return "2^31 values or more";
      }
    }
    return null;
  }
}
