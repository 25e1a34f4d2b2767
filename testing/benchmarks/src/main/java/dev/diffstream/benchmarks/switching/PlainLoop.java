package dev.diffstream.benchmarks.switching;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;

/** Reads and writes random floats in memory outside the heap: what a machine takes for that. */
final class PlainLoop {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  private final MemorySegment memory;
  private final int[] places;
  private int runs;

  /**
   * @param size floats of the memory, which are zero
   * @param count different floats that are read and written
   * @param ascending whether their places ascend; if not, their order is random too
   */
  PlainLoop(Arena arena, int size, int count, boolean ascending, Random random) {
    this.memory = arena.allocate((long) size * Float.BYTES, 64);
    this.places = random.ints(0, size).distinct().limit(count).toArray();
    if (ascending) {
      Arrays.sort(places);
    }
  }

  /** Adds 1 to each. */
  void run() {
    addOne(memory, places);
    runs++;
  }

  private static void addOne(MemorySegment memory, int[] places) {
    for (int place : places) {
      memory.setAtIndex(FLOAT, place, memory.getAtIndex(FLOAT, place) + 1);
    }
  }

  /**
   * @throws IllegalStateException if a float is not what all runs made of it
   */
  void check() {
    for (int place : places) {
      if (memory.getAtIndex(FLOAT, place) != runs) {
        throw new IllegalStateException(
            "the plain loop ran %d times and left %s"
                .formatted(runs, memory.getAtIndex(FLOAT, place)));
      }
    }
  }
}
