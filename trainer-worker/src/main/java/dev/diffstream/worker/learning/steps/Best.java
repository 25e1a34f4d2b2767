package dev.diffstream.worker.learning.steps;

import dev.diffstream.base.encoder.Head;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.evaluation.Evaluation;
import java.util.function.Consumer;

/**
 * The best step so far by its dev score, with a copy of what was learned; of equal ones the later.
 *
 * @param <V> the copy
 */
public final class Best<V> implements Stage.Watch {
  private final DevScore dev;
  private final Head head;
  private final V values;
  private final Consumer<V> copy;
  private final int every;
  private final int steps;
  private final int patience;
  private Evaluation evaluation;
  private HeadValues headValues;
  private int step;
  private int since;

  /**
   * Scores the beginning at once.
   *
   * @param values memory of the copy
   * @param copy writes what is learned there
   * @param stepsPerEpoch the score is looked at after each epoch, at most 20 times in {@code steps}
   * @param patience looks without a better score after which the learning has settled
   */
  public Best(
      DevScore dev,
      Head head,
      V values,
      Consumer<V> copy,
      int stepsPerEpoch,
      int steps,
      int patience) {
    this.dev = dev;
    this.head = head;
    this.values = values;
    this.copy = copy;
    this.every = Math.max(stepsPerEpoch, steps / 20);
    this.steps = steps;
    this.patience = patience;
    this.evaluation = dev.of(head);
    copy.accept(values);
    this.headValues = HeadValues.of(head);
  }

  @Override
  public boolean shouldStop(int stepsDone) {
    if (stepsDone % every != 0 && stepsDone != steps) {
      return false;
    }
    Evaluation now = dev.of(head);
    since = now.hasBetterScoreThan(evaluation) ? 0 : since + 1;
    if (now.compareTo(evaluation) >= 0) {
      evaluation = now;
      copy.accept(values);
      headValues = HeadValues.of(head);
      step = stepsDone;
    }
    return since >= patience;
  }

  /**
   * Keeps all but the scores' own source.
   *
   * @param saveValues writes the copy
   */
  public void save(StateWriter out, Consumer<V> saveValues) {
    out.doubles("best", evaluation.score(), evaluation.loss(), step, since);
    headValues.save(out, "best.head");
    saveValues.accept(values);
  }

  /**
   * @param loadValues reads into the copy
   */
  public void load(StateReader in, Consumer<V> loadValues) {
    double[] kept = in.doubles("best", 4);
    evaluation = new Evaluation(kept[0], kept[1]);
    step = (int) kept[2];
    since = (int) kept[3];
    headValues.load(in, "best.head");
    loadValues.accept(values);
  }

  public Evaluation evaluation() {
    return evaluation;
  }

  public V values() {
    return values;
  }

  public HeadValues head() {
    return headValues;
  }

  /** Steps done when it was taken. */
  public int step() {
    return step;
  }
}
