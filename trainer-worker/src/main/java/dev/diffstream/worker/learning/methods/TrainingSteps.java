package dev.diffstream.worker.learning.methods;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.encoder.Targets;
import dev.diffstream.base.input.Batch;
import dev.diffstream.worker.learning.diffpruning.GatedState;
import dev.diffstream.worker.learning.parameters.DenseState;
import dev.diffstream.worker.learning.parameters.MaskedState;
import dev.diffstream.worker.learning.parameters.Slab;
import dev.diffstream.worker.learning.parameters.Theta;
import dev.diffstream.worker.learning.steps.HeadAdam;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Single training steps of each stage, for measuring: exactly the passes that the methods run, on
 * batches of the caller's choice.
 */
public final class TrainingSteps implements AutoCloseable {
  private static final long SEED = 42;
  private static final double RATE = 1e-4;
  private static final double HEAD_RATE = 1e-3;

  private interface Update {
    void advance(Gradients gradients);
  }

  private final Base base;
  private final Head head;
  private final HeadAdam headAdam;
  private final Update update;
  private final Runnable close;
  private final Arena memory;

  private TrainingSteps(Base base, Head head, Update update, Runnable close, Arena memory) {
    this.base = base;
    this.head = head;
    this.headAdam = new HeadAdam(head);
    this.update = update;
    this.close = close;
    this.memory = memory;
  }

  /**
   * Plain full fine-tuning: Adam on every parameter. It keeps no copy of the base, as a plain loop
   * would not: close leaves the trained values.
   */
  public static TrainingSteps full(Base base, Head head, int threads) {
    Arena memory = Arena.ofShared();
    List<Slab> slabs = Slab.of(base.parameters(), Map.of());
    DenseState state = new DenseState(base.parameters(), slabs, threads, memory);
    return new TrainingSteps(
        base, head, gradients -> state.advance(gradients, RATE), state::close, memory);
  }

  /**
   * Stage 1 of structured diff pruning.
   *
   * @param rows that have state, by embedding matrix; a matrix that is not named has it all
   */
  public static TrainingSteps stage1(Base base, Head head, Map<String, int[]> rows, int threads) {
    Arena memory = Arena.ofShared();
    List<Slab> slabs = Slab.of(base.parameters(), rows);
    GatedState state = new GatedState(base, slabs, threads, SEED, true, memory);
    return new TrainingSteps(
        base,
        head,
        gradients -> state.advance(gradients, 1e-6f, RATE, 0.1, 0),
        () -> {
          state.restore();
          state.close();
        },
        memory);
  }

  /** Stage 3: {@code count} random positions. */
  public static TrainingSteps stage3(Base base, Head head, Map<String, int[]> rows, int count) {
    List<Slab> slabs = Slab.of(base.parameters(), rows);
    int[] all =
        slabs.stream()
            .flatMapToInt(s -> IntStream.range(s.state(), s.state() + s.length()))
            .toArray();
    int[] chosen =
        new SplittableRandom(SEED)
            .ints(0, all.length)
            .map(i -> all[i])
            .distinct()
            .limit(count)
            .sorted()
            .toArray();
    Arena memory = Arena.ofShared();
    MaskedState state =
        new MaskedState(Theta.of(base), slabs, chosen, new float[chosen.length], memory);
    return new TrainingSteps(
        base, head, gradients -> state.advance(gradients, RATE), state::restore, memory);
  }

  /** One whole training step; returns the loss before it. */
  public float step(Batch batch, Targets targets) {
    try (Gradients gradients = base.encoder().step(batch, head, targets)) {
      update.advance(gradients);
      headAdam.advance(gradients, HEAD_RATE);
      return gradients.loss();
    }
  }

  @Override
  public void close() {
    try (memory) {
      close.run();
    }
  }
}
