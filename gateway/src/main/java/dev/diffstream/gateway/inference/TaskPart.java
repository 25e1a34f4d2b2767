package dev.diffstream.gateway.inference;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.confidence.Moments;
import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;

/** One task's part in a request: which examples are computed for it, and what became of each. */
public final class TaskPart {
  private final PreparedDiff prepared;
  private final String task;
  private final boolean refuseLongTexts;
  private final List<Example> examples = new ArrayList<>();
  private volatile int faults;
  private volatile Moments confidence = Moments.NONE;
  private volatile Duration waited = Duration.ZERO;
  private volatile Duration computed = Duration.ZERO;

  /**
   * @param prepared which the caller has retained
   * @param refuseLongTexts whether a text that the diff would not read to its end fails
   */
  public TaskPart(PreparedDiff prepared, String task, boolean refuseLongTexts) {
    this.prepared = prepared;
    this.task = task;
    this.refuseLongTexts = refuseLongTexts;
  }

  PreparedDiff prepared() {
    return prepared;
  }

  String task() {
    return task;
  }

  void add(Example encoded) {
    examples.add(encoded);
  }

  /** The examples that are to be computed. */
  public List<Example> asked() {
    return examples.stream().filter(example -> !isRefused(example)).toList();
  }

  /** From when it was put into the queue until the last example was taken into a batch. */
  public Duration waited() {
    return waited;
  }

  /** The time of all batches with examples of it. */
  public Duration computed() {
    return computed;
  }

  /**
   * Examples that were computed and for which the diff gives no answer, or none that is a number.
   */
  public int faults() {
    return faults;
  }

  /** The probabilities of the labels that were answered, where each text has one. */
  public Moments confidence() {
    return confidence;
  }

  /** Called by the inference thread, as is {@link #computedWithin}. */
  void taken(Duration after) {
    waited = after;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // by one thread
  void computedWithin(Duration batch) {
    computed = computed.plus(batch);
  }

  /**
   * What became of all examples.
   *
   * @param computed the answers to {@link #asked}, in order
   */
  List<Outcome> outcomes(List<Supplier<Answer>> computed) {
    Iterator<Supplier<Answer>> next = computed.iterator();
    List<Outcome> outcomes = new ArrayList<>();
    int failed = 0;
    ConfidenceTally tally = new ConfidenceTally();
    boolean tallies = prepared.metadata().objective().labelling() == Objective.Labelling.CLASS;
    for (Example example : examples) {
      Outcome outcome = isRefused(example) ? tooLong() : outcome(next.next(), example);
      outcomes.add(outcome);
      failed += isFault(outcome) ? 1 : 0;
      if (tallies && outcome instanceof Outcome.Computed(Answer.Scores(float[] logits), var _)) {
        tally.add(logits);
      }
    }
    faults = failed;
    confidence = tally.moments();
    return outcomes;
  }

  /** Whether the diff, and not who asks, is to blame. */
  private static boolean isFault(Outcome outcome) {
    return outcome instanceof Outcome.Failed(RuntimeException reason)
        && !(reason instanceof DiffstreamException known
            && known.code() == ErrorCode.INVALID_REQUEST);
  }

  private boolean isRefused(Example example) {
    return refuseLongTexts && example.isTruncated();
  }

  private Outcome tooLong() {
    return new Outcome.Failed(
        new DiffstreamException(
            ErrorCode.INVALID_REQUEST,
            "task %s reads %d tokens, the text has more, and such texts are refused"
                .formatted(task, prepared.metadata().maxTokens())));
  }

  private static Outcome outcome(Supplier<Answer> computed, Example example) {
    try {
      return new Outcome.Computed(computed.get(), example.isTruncated());
    } catch (RuntimeException e) {
      return new Outcome.Failed(e);
    }
  }
}
