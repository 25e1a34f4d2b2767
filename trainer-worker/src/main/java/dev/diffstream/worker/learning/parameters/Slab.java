package dev.diffstream.worker.learning.parameters;

import dev.diffstream.base.architecture.Parameter;
import java.lang.foreign.Arena;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A run of consecutive values of one parameter that has training state.
 *
 * <p>Each slab's state begins at a multiple of {@link Vectors#WIDEST}, so that the last vector of a
 * slab never reaches into the next one; the indices between belong to nothing.
 *
 * @param parameter index in the base's list
 * @param offset of the first value in the parameter
 * @param state index of the first value in the state arrays
 */
public record Slab(int parameter, int offset, int state, int length) {
  /** Small enough to share out evenly between threads, large enough to be worth it. */
  private static final int MOST = 1 << 16;

  /** The slabs of all parameters; of those in {@code rows}, the named rows only. */
  public static List<Slab> of(List<Parameter> parameters, Map<String, int[]> rows) {
    List<Slab> slabs = new ArrayList<>();
    for (int p = 0; p < parameters.size(); p++) {
      Parameter parameter = parameters.get(p);
      int[] used = rows.get(parameter.name());
      if (used == null) {
        cut(slabs, p, 0, parameter.size());
      } else {
        int width = parameter.shape().get(1);
        for (int from = 0; from < used.length; ) {
          int to = from + 1;
          while (to < used.length && used[to] == used[to - 1] + 1) {
            to++;
          }
          cut(slabs, p, used[from] * width, (to - from) * width);
          from = to;
        }
      }
    }
    return slabs;
  }

  private static void cut(List<Slab> into, int parameter, int offset, int length) {
    for (int done = 0; done < length; done += MOST) {
      int state = into.isEmpty() ? 0 : into.getLast().end();
      into.add(new Slab(parameter, offset + done, state, Math.min(MOST, length - done)));
    }
  }

  /** Length of the state arrays. */
  public static int total(List<Slab> slabs) {
    return slabs.getLast().end();
  }

  /** The number of values that have state. */
  public static long values(List<Slab> slabs) {
    return slabs.stream().mapToLong(Slab::length).sum();
  }

  /**
   * Reads a block of this slab's values, from {@code at} of the slab on, and puts zeros behind them
   * up to a whole vector.
   *
   * @param tensor the whole parameter, or its gradient
   * @param block of at least {@link Vectors#BLOCK} values
   * @return the number of values, at most {@link Vectors#BLOCK}
   */
  public int read(FloatBuffer tensor, int at, FloatArray block) {
    int n = Math.min(Vectors.BLOCK, length - at);
    block.read(tensor, offset + at, n);
    block.fill(n, Vectors.whole(n), 0);
    return n;
  }

  /** The Euclidean norm of all values of the slabs. */
  public static double norm(List<Slab> slabs, List<FloatBuffer> tensors) {
    double squares = 0;
    try (Arena memory = Arena.ofConfined()) {
      FloatArray block = FloatArray.zeros(memory, Vectors.BLOCK);
      for (Slab slab : slabs) {
        for (int at = 0; at < slab.length; at += Vectors.BLOCK) {
          int n = slab.read(tensors.get(slab.parameter), at, block);
          squares += Vectors.squares(block.address(0, n), n);
        }
      }
    }
    return Math.sqrt(squares);
  }

  /** Copies the slabs' values to their state indices. */
  public static void copy(List<Slab> slabs, List<Parameter> parameters, FloatArray into) {
    for (Slab slab : slabs) {
      FloatBuffer values = parameters.get(slab.parameter).values();
      into.buffer(slab.state, slab.length).put(values.slice(slab.offset, slab.length));
    }
  }

  /** Writes such a copy back. */
  public static void write(List<Slab> slabs, FloatArray values, List<Parameter> parameters) {
    for (Slab slab : slabs) {
      FloatBuffer into = parameters.get(slab.parameter).values();
      into.slice(slab.offset, slab.length).put(values.buffer(slab.state, slab.length));
    }
  }

  /** Where the next slab's state begins. */
  private int end() {
    return Vectors.whole(Math.addExact(state, length));
  }
}
