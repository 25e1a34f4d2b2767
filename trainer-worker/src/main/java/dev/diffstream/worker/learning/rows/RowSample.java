package dev.diffstream.worker.learning.rows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Some of many rows, the same ones for the same seed. */
public final class RowSample {
  private RowSample() {}

  /** All rows in their order, where there are no more than {@code most}. */
  public static <T> List<T> of(List<T> rows, int most, long seed) {
    if (rows.size() <= most) {
      return rows;
    }
    List<T> mixed = new ArrayList<>(rows);
    Collections.shuffle(mixed, new Random(seed));
    return mixed.subList(0, most);
  }
}
