package dev.diffstream.worker.learning.diffpruning;

import java.util.ArrayList;
import java.util.List;

/**
 * A run of consecutive values of one parameter that has training state.
 *
 * @param parameter index in the base's list
 * @param offset of the first value in the parameter
 * @param state index of the first value in the state arrays
 */
record Slab(int parameter, int offset, int state, int length) {
  /** Small enough to share out evenly between threads, large enough to be worth it. */
  private static final int MOST = 1 << 16;

  /** Cuts {@code [offset, offset + length)} of a parameter into slabs; returns the state index behind the last one. */
  static int cut(List<Slab> into, int parameter, int offset, int length, int state) {
    for (int done = 0; done < length; done += MOST) {
      int part = Math.min(MOST, length - done);
      into.add(new Slab(parameter, offset + done, state + done, part));
    }
    return Math.addExact(state, length);
  }

  /** The total number of values. */
  static int total(List<Slab> slabs) {
    return slabs.isEmpty() ? 0 : slabs.get(slabs.size() - 1).state() + slabs.get(slabs.size() - 1).length();
  }

  /** The slabs of whole parameters and of the used rows of embeddings. */
  static List<Slab> of(List<int[]> rowsOrNullByParameter, List<int[]> shapes) {
    List<Slab> slabs = new ArrayList<>();
    int state = 0;
    for (int p = 0; p < shapes.size(); p++) {
      int[] shape = shapes.get(p);
      int[] rows = rowsOrNullByParameter.get(p);
      if (rows.length == 0) {
        int size = 1;
        for (int dimension : shape) {
          size = Math.multiplyExact(size, dimension);
        }
        state = cut(slabs, p, 0, size, state);
      } else {
        for (int row : rows) {
          state = cut(slabs, p, row * shape[1], shape[1], state);
        }
      }
    }
    return slabs;
  }
}
