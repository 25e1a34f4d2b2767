package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.base.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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

  /** The slabs of all parameters; of those in {@code rows}, the named rows only. */
  static List<Slab> of(List<Parameter> parameters, Map<String, int[]> rows) {
    List<Slab> slabs = new ArrayList<>();
    int state = 0;
    for (int p = 0; p < parameters.size(); p++) {
      Parameter parameter = parameters.get(p);
      int[] used = rows.get(parameter.name());
      if (used == null) {
        state = cut(slabs, p, 0, parameter.size(), state);
      } else {
        int width = parameter.shape().get(1);
        for (int row : used) {
          state = cut(slabs, p, row * width, width, state);
        }
      }
    }
    return slabs;
  }

  private static int cut(List<Slab> into, int parameter, int offset, int length, int state) {
    for (int done = 0; done < length; done += MOST) {
      into.add(new Slab(parameter, offset + done, state + done, Math.min(MOST, length - done)));
    }
    return Math.addExact(state, length);
  }

  /** The total number of values. */
  static int total(List<Slab> slabs) {
    Slab last = slabs.get(slabs.size() - 1);
    return last.state() + last.length();
  }
}
