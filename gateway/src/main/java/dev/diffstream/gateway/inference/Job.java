package dev.diffstream.gateway.inference;

import dev.diffstream.gateway.batching.FairQueue.Offer;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.gateway.model.Question;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * What a request asks one task, in the queue. Its diff is retained until its last example has been
 * computed or dropped, whoever has given up waiting by then. What changes belongs to the inference
 * thread.
 */
final class Job {
  private final TaskPart part;
  private final PreparedDiff prepared;
  private final Deadline deadline;
  private final Runnable taken;
  private final List<Supplier<Answer>> answers = new ArrayList<>();
  private final CompletableFuture<List<Supplier<Answer>>> answer = new CompletableFuture<>();
  private final int size;
  private final long begun = System.nanoTime();
  private int toTake;
  private int toLeave;

  /** One example of a job. */
  record Ask(Job job, Example example) {
    Question question() {
      return new Question(job.prepared, example);
    }
  }

  /**
   * @param part of which the caller has retained the diff, and which asks at least one example
   * @param taken is run when none of the examples waits any more
   */
  Job(TaskPart part, Deadline deadline, Runnable taken) {
    this.part = part;
    this.prepared = part.prepared();
    this.deadline = deadline;
    this.taken = taken;
    this.size = part.asked().size();
    this.toTake = size;
    this.toLeave = size;
    retain(prepared);
    deadline.limit(answer);
  }

  static void retain(PreparedDiff prepared) {
    if (!prepared.retain()) {
      throw new IllegalStateException("the caller has not retained the diff");
    }
  }

  /** The examples, as they are queued. */
  Offer<Ask> offer(List<Example> examples, String caller) {
    return new Offer<>(
        part.task(), caller, examples.stream().map(example -> new Ask(this, example)).toList());
  }

  /** The answers to its examples in order, each put into its form by whoever reads it. */
  CompletableFuture<List<Supplier<Answer>>> answer() {
    return answer;
  }

  /** One of its examples waits no longer; if it was the last, how long the job has waited. */
  Optional<Duration> taken() {
    if (--toTake > 0) {
      return Optional.empty();
    }
    taken.run();
    Duration waited = Duration.ofNanos(System.nanoTime() - begun);
    part.taken(waited);
    return Optional.of(waited);
  }

  /** A batch with examples of it was computed. */
  void computedWithin(Duration batch) {
    part.computedWithin(batch);
  }

  /** One of its examples was computed or dropped, and nothing reads the diff for it any more. */
  void left() {
    if (--toLeave == 0) {
      prepared.release();
    }
  }

  /** False if nobody waits any more. */
  boolean goesOn() {
    if (deadline.passed()) {
      answer.completeExceptionally(deadline.exceeded());
    }
    return !answer.isDone();
  }

  void answered(Supplier<Answer> next) {
    answers.add(next);
    if (answers.size() == size) {
      answer.complete(answers);
    }
  }

  void fail(RuntimeException e) {
    answer.completeExceptionally(e);
  }
}
