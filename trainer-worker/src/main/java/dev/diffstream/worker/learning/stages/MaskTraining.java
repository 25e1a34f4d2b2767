package dev.diffstream.worker.learning.stages;

import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TrainingSettings;
import dev.diffstream.worker.learning.checkpoint.Checkpoints;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.parameters.FloatArray;
import dev.diffstream.worker.learning.parameters.MaskedState;
import dev.diffstream.worker.learning.parameters.Slab;
import dev.diffstream.worker.learning.steps.Best;
import dev.diffstream.worker.learning.steps.DevScore;
import dev.diffstream.worker.learning.steps.LinearRate;
import dev.diffstream.worker.learning.steps.Meter;
import dev.diffstream.worker.learning.steps.Stage;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The last stage of every method that publishes: positions chosen, their values and the head
 * trained on, the best dev step kept, for each density that the task allows. {@link DensityChoice}
 * takes one, {@link LowPrecision} brings it to the precision of the file.
 */
public final class MaskTraining {
  private static final String STAGE = "fixed-mask";

  private final LearningTask task;
  private final TrainingSettings settings;
  private final Meter meter;
  private final List<Slab> slabs;
  private final Checkpoints checkpoints;
  private final DevScore dev;

  public MaskTraining(LearningTask task, Meter meter, List<Slab> slabs, Checkpoints checkpoints) {
    this.task = task;
    this.settings = task.settings();
    this.meter = meter;
    this.slabs = slabs;
    this.checkpoints = checkpoints;
    this.dev = new DevScore(task, meter);
  }

  /** Steps of this stage over all densities. */
  public static long steps(LearningTask task) {
    return (long) task.settings().stage3Steps() * task.densities().size()
        + LowPrecision.steps(task);
  }

  /**
   * What the stages before found.
   *
   * @param chosen the state indices, ascending, for a number of positions
   * @param start the values to begin with
   * @param head to begin with
   * @param figures for the report
   */
  public record Mask(
      IntFunction<int[]> chosen, Start start, Head head, Map<String, Double> figures) {}

  /** Values by state index. */
  @FunctionalInterface
  public interface Start {
    /** All begin with theta as it is. */
    Start ZERO = index -> 0;

    float at(int index);
  }

  /**
   * Trains, and leaves the base as it was. Where an earlier attempt came as far as this stage, the
   * stages before are left out.
   *
   * @param before runs these, with memory for their state that is freed when positions are chosen
   */
  public LearnedDiff run(Function<Arena, Mask> before) {
    Optional<StateReader> kept = checkpoints.resume(STAGE);
    if (kept.isEmpty()) {
      return run(candidates(before), 0, null);
    }
    try (StateReader in = kept.get()) {
      List<Candidate> candidates = new ArrayList<>();
      int at = (int) in.number("candidate");
      for (int i = 0; i < task.densities().size(); i++) {
        candidates.add(Candidate.load(in, task));
      }
      return run(candidates, at, in);
    }
  }

  private List<Candidate> candidates(Function<Arena, Mask> before) {
    try (Arena memory = Arena.ofShared()) {
      return candidates(before.apply(memory));
    }
  }

  private List<Candidate> candidates(Mask mask) {
    List<Candidate> candidates = new ArrayList<>();
    for (double density : task.densities()) {
      meter.report(Phase.PROJECTING, 0, 1, Double.NaN);
      int[] chosen = mask.chosen().apply(task.budget(density));
      float[] start = new float[chosen.length];
      for (int i = 0; i < start.length; i++) {
        start[i] = mask.start().at(chosen[i]);
      }
      Map<String, Double> figures = new TreeMap<>(mask.figures());
      figures.put("density", density);
      candidates.add(new Candidate(chosen, start, HeadValues.of(mask.head()), figures));
    }
    return candidates;
  }

  private LearnedDiff run(List<Candidate> candidates, int first, @Nullable StateReader kept) {
    StateReader rest = kept;
    for (int i = first; i < candidates.size(); i++) {
      candidates.set(i, train(candidates, i, rest));
      rest = null;
    }
    Candidate best =
        candidates.get(
            DensityChoice.of(candidates.stream().map(c -> c.figures().get("devScore")).toList()));
    int rounding = candidates.size();
    return new LowPrecision(task, slabs, meter)
        .of(learned(best), state -> keep(candidates, rounding, state), rest);
  }

  private LearnedDiff learned(Candidate best) {
    try (Arena memory = Arena.ofShared()) {
      MaskedState mask = new MaskedState(task.theta(), slabs, best.chosen(), best.values(), memory);
      try {
        return new LearnedDiff(mask.delta(), best.head(), best.figures());
      } finally {
        mask.restore();
      }
    }
  }

  /** The candidate as it was learned; the base is as it was. */
  private Candidate train(List<Candidate> candidates, int at, @Nullable StateReader kept) {
    Candidate candidate = candidates.get(at);
    try (Arena memory = Arena.ofShared()) {
      MaskedState mask =
          new MaskedState(task.theta(), slabs, candidate.chosen(), candidate.values(), memory);
      try {
        return train(candidates, at, mask, FloatArray.zeros(memory, mask.size()), kept);
      } finally {
        mask.restore();
      }
    }
  }

  private Candidate train(
      List<Candidate> candidates,
      int at,
      MaskedState mask,
      FloatArray bestValues,
      @Nullable StateReader kept) {
    Candidate candidate = candidates.get(at);
    Head head = candidate.head().toHead();
    int steps = settings.stage3Steps();
    Stage stage = new Stage(task, head, meter, Phase.FIXED_MASK, steps, settings.seed() + 1);
    LinearRate rate = new LinearRate(settings.stage3Rate(), steps);
    Best<FloatArray> best =
        new Best<>(
            dev,
            head,
            bestValues,
            mask::snapshot,
            stage.stepsPerEpoch(),
            steps,
            settings.patience());
    Map<String, Double> figures = new TreeMap<>(candidate.figures());
    figures.put("devScoreProjected", best.evaluation().score());
    if (kept != null) {
      load(kept, stage, mask, best);
    }
    stage.run(
        (gradients, step, scale) -> mask.advance(gradients, scale * rate.at(step)),
        done -> best.shouldStop(done) || keep(candidates, at, out -> save(out, stage, mask, best)));
    mask.load(best.values(), ValuePrecision.FP32);
    figures.put("stage3Loss", meter.loss());
    figures.put("stage3BestStep", (double) best.step());
    figures.put("devScore", best.evaluation().score());
    figures.merge("droppedSteps", (double) stage.dropped(), Double::sum);
    figures.merge("batchParts", (double) stage.parts(), Math::max);
    return new Candidate(candidate.chosen(), mask.snapshot(), best.head(), figures);
  }

  /**
   * Never settles.
   *
   * @param at the candidate that is trained; their number when the best one is rounded
   */
  private boolean keep(List<Candidate> candidates, int at, Consumer<StateWriter> state) {
    return checkpoints.saveIfDue(
        STAGE,
        out -> {
          out.doubles("candidate", at);
          candidates.forEach(candidate -> candidate.save(out));
          state.accept(out);
        });
  }

  static void save(StateWriter out, Stage stage, MaskedState mask, Best<FloatArray> best) {
    stage.save(out);
    mask.save(out);
    best.save(out, values -> values.save(out, "best.values"));
  }

  static void load(StateReader kept, Stage stage, MaskedState mask, Best<FloatArray> best) {
    stage.load(kept);
    mask.load(kept);
    best.load(kept, values -> values.load(kept, "best.values"));
    kept.finish();
  }

  /** One density: its positions, and its values and head before or after their training. */
  @SuppressWarnings("ArrayRecordComponent") // large; read in place
  private record Candidate(
      int[] chosen, float[] values, HeadValues head, Map<String, Double> figures) {

    void save(StateWriter out) {
      out.doubles("chosen", chosen.length);
      out.ints("chosen.indices", chosen);
      out.floats("chosen.values", values);
      head.save(out, "chosen.head");
      out.text("chosen.figures.names", String.join(" ", figures.keySet()));
      out.doubles(
          "chosen.figures", figures.values().stream().mapToDouble(Double::doubleValue).toArray());
    }

    static Candidate load(StateReader in, LearningTask task) {
      int size = (int) in.number("chosen");
      int[] chosen = new int[size];
      float[] values = new float[size];
      in.ints("chosen.indices", chosen);
      in.floats("chosen.values", values);
      HeadValues head = HeadValues.of(task.newHead());
      head.load(in, "chosen.head");
      String[] names = in.text("chosen.figures.names").split(" ");
      double[] numbers = in.doubles("chosen.figures", names.length);
      Map<String, Double> figures = new TreeMap<>();
      for (int i = 0; i < names.length; i++) {
        figures.put(names[i], numbers[i]);
      }
      return new Candidate(chosen, values, head, figures);
    }
  }
}
