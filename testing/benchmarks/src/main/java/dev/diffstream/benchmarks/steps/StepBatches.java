package dev.diffstream.benchmarks.steps;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Targets;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import java.util.ArrayList;
import java.util.List;

/**
 * A few batches of random tokens with random labels, in turn. The numbers come from a generator of
 * one line, so that a program in another language can make the same ones.
 */
final class StepBatches {
  /** Examples in a batch. */
  static final int SIZE = 16;

  /** Labels. */
  static final int CLASSES = 2;

  /** Batches, until the first comes again. */
  static final int COUNT = 4;

  private static final int MAX_TOKENS = 64;

  private final List<Batch> batches = new ArrayList<>();
  private final List<Targets> targets = new ArrayList<>();
  private long state = 42;
  private int next;

  /**
   * @param words token ids are below this
   */
  StepBatches(Base base, int words) {
    for (int b = 0; b < COUNT; b++) {
      List<Encoding> encodings = new ArrayList<>();
      int[] classes = new int[SIZE];
      for (int i = 0; i < SIZE; i++) {
        int[] ids = new int[length(base)];
        for (int t = 0; t < ids.length; t++) {
          ids[t] = draw(words);
        }
        encodings.add(Encoding.ofTokens(ids));
        classes[i] = draw(CLASSES);
      }
      batches.add(Batch.of(encodings));
      targets.add(new Targets.ClassTargets(classes));
    }
  }

  /** Tokens of each example. */
  static int length(Base base) {
    return Math.min(MAX_TOKENS, base.architecture().maxPositions());
  }

  /** Calls {@code step} with the next batch. */
  float with(Step step) {
    int at = next;
    next = (next + 1) % COUNT;
    return step.run(batches.get(at), targets.get(at));
  }

  /** A training step. */
  @FunctionalInterface
  interface Step {
    float run(Batch batch, Targets targets);
  }

  /** The linear congruential generator of ANSI C's example, its upper bits. */
  private int draw(int bound) {
    state = (state * 1_103_515_245L + 12_345) & 0x7fff_ffffL;
    return (int) ((state >> 8) % bound);
  }
}
