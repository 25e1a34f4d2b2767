package dev.diffstream.worker.learning.stages;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TrainingSettings;
import dev.diffstream.worker.learning.checkpoint.Checkpoints;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.parameters.DenseUpdate;
import dev.diffstream.worker.learning.parameters.FloatArray;
import dev.diffstream.worker.learning.parameters.Slab;
import dev.diffstream.worker.learning.parameters.Theta;
import dev.diffstream.worker.learning.steps.Best;
import dev.diffstream.worker.learning.steps.DevScore;
import dev.diffstream.worker.learning.steps.LinearRate;
import dev.diffstream.worker.learning.steps.Meter;
import dev.diffstream.worker.learning.steps.Stage;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Full fine-tuning of a base, the best dev step kept. Rows of embeddings that the data never
 * touches have no gradient and no moments, so Adam would leave them as they are: they are left out.
 */
public final class DenseTraining {
  private static final String STAGE = "full";

  private DenseTraining() {}

  /**
   * What full fine-tuning learned.
   *
   * @param changes by state index, theta - theta0
   */
  public record Outcome(
      List<Slab> slabs, FloatArray changes, HeadValues head, double devScore, int step) {

    /** All changes that are not zero. */
    public SparseDelta delta(Base base) {
      List<SparseDelta.Entry> entries = new ArrayList<>();
      for (Slab slab : slabs) {
        int[] positions = new int[slab.length()];
        float[] values = new float[slab.length()];
        int n = 0;
        for (int i = 0; i < slab.length(); i++) {
          float change = changes.get(slab.state() + i);
          if (change != 0) {
            positions[n] = slab.offset() + i;
            values[n++] = change;
          }
        }
        entries.add(
            new SparseDelta.Entry(
                base.parameters().get(slab.parameter()).name(),
                Arrays.copyOf(positions, n),
                Arrays.copyOf(values, n)));
      }
      return new SparseDelta(merged(entries));
    }
  }

  /**
   * Trains and leaves the base as it was; the head stays trained.
   *
   * @param memory of the state and its outcome
   */
  public static Outcome run(
      LearningTask task,
      Head head,
      Meter meter,
      Phase phase,
      int threads,
      Checkpoints checkpoints,
      Arena memory) {
    TrainingSettings settings = task.settings();
    List<Slab> slabs = task.slabs();
    Theta theta = task.theta();
    FloatArray before = FloatArray.zeros(memory, Slab.total(slabs));
    theta.copy(slabs, before);
    int steps = settings.fullSteps();
    LinearRate rate = new LinearRate(settings.fullRate(), steps);
    try (DenseUpdate state =
        DenseUpdate.of(task.base().parameters(), task.replica(), slabs, threads, memory)) {
      Stage stage = new Stage(task, head, meter, phase, steps, settings.seed());
      Best<FloatArray> best =
          new Best<>(
              new DevScore(task, meter),
              head,
              FloatArray.zeros(memory, Slab.total(slabs)),
              values -> theta.copy(slabs, values),
              stage.stepsPerEpoch(),
              steps,
              settings.patience());
      Optional<StateReader> kept = checkpoints.resume(STAGE);
      kept.ifPresent(in -> load(in, stage, state, best, theta, slabs));
      stage.run(
          (gradients, step, scale) -> state.advance(gradients, scale * rate.at(step)),
          done -> best.shouldStop(done) || keep(checkpoints, stage, state, best, theta, slabs));
      FloatArray changes = best.values();
      for (int i = 0; i < changes.length(); i++) {
        changes.set(i, changes.get(i) - before.get(i));
      }
      return new Outcome(slabs, changes, best.head(), best.evaluation().score(), best.step());
    } finally {
      theta.write(slabs, before);
    }
  }

  /** Never settles. */
  private static boolean keep(
      Checkpoints checkpoints,
      Stage stage,
      DenseUpdate state,
      Best<FloatArray> best,
      Theta theta,
      List<Slab> slabs) {
    return checkpoints.saveIfDue(
        STAGE,
        out -> {
          stage.save(out);
          state.save(out);
          saveTheta(out, theta, slabs);
          best.save(out, values -> values.save(out, "best.values"));
        });
  }

  private static void load(
      StateReader kept,
      Stage stage,
      DenseUpdate state,
      Best<FloatArray> best,
      Theta theta,
      List<Slab> slabs) {
    try (kept) {
      stage.load(kept);
      state.load(kept);
      loadTheta(kept, theta, slabs);
      best.load(kept, copy -> copy.load(kept, "best.values"));
      kept.finish();
    }
  }

  private static void saveTheta(StateWriter out, Theta theta, List<Slab> slabs) {
    try (Arena copy = Arena.ofConfined()) {
      FloatArray values = FloatArray.zeros(copy, Slab.total(slabs));
      theta.copy(slabs, values);
      values.save(out, "theta");
    }
  }

  private static void loadTheta(StateReader kept, Theta theta, List<Slab> slabs) {
    try (Arena copy = Arena.ofConfined()) {
      FloatArray values = FloatArray.zeros(copy, Slab.total(slabs));
      values.load(kept, "theta");
      theta.write(slabs, values);
    }
  }

  /** One entry for each parameter. */
  private static List<SparseDelta.Entry> merged(List<SparseDelta.Entry> parts) {
    List<SparseDelta.Entry> merged = new ArrayList<>();
    for (int from = 0; from < parts.size(); ) {
      String name = parts.get(from).parameter();
      int to = from;
      int size = 0;
      while (to < parts.size() && parts.get(to).parameter().equals(name)) {
        size += parts.get(to++).positions().length;
      }
      int[] positions = new int[size];
      float[] values = new float[size];
      int at = 0;
      for (SparseDelta.Entry part : parts.subList(from, to)) {
        int n = part.positions().length;
        System.arraycopy(part.positions(), 0, positions, at, n);
        System.arraycopy(part.values(), 0, values, at, n);
        at += n;
      }
      if (size > 0) {
        merged.add(new SparseDelta.Entry(name, positions, values));
      }
      from = to;
    }
    return merged;
  }
}
