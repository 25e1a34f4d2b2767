package dev.diffstream.worker.learning.checkpoint;

import java.util.Optional;
import java.util.function.Consumer;

/** Where a method keeps its state, and finds it again. Used by the learning thread. */
public interface Checkpoints {
  /** Keeps nothing. */
  Checkpoints NONE =
      new Checkpoints() {
        @Override
        public boolean due() {
          return false;
        }

        @Override
        public void save(String stage, Consumer<StateWriter> state) {}

        @Override
        public Optional<StateReader> resume(String stage) {
          return Optional.empty();
        }
      };

  /** Whether the last checkpoint is long enough ago. */
  boolean due();

  /**
   * Keeps a state; it replaces the one before. A store that stays away costs the checkpoint, not
   * the run.
   *
   * @param stage of the method
   * @param state writes it; may be called more than once
   */
  void save(String stage, Consumer<StateWriter> state);

  /**
   * Saves a state when one is due.
   *
   * @return false, always: no checkpoint ends a stage that is watched by it
   */
  default boolean saveIfDue(String stage, Consumer<StateWriter> state) {
    if (due()) {
      save(stage, state);
    }
    return false;
  }

  /**
   * The state that was kept last by an earlier attempt of the same run, if it was in this stage and
   * the run is still the same: data, settings, base, program. Close it when it is read.
   */
  Optional<StateReader> resume(String stage);
}
