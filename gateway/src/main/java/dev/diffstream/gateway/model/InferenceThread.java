package dev.diffstream.gateway.model;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.OwnerThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that runs the model. Requests wait in a bounded queue and are answered in order,
 * each by one diff from its first example to its last (I6), each example alone.
 */
public final class InferenceThread implements AutoCloseable {
  /** A request may hold hundreds of texts. */
  private static final Duration MAX_STEP = Duration.ofMinutes(15);

  private final Model model;
  private final BlockingQueue<Job<?>> queue;
  private final LongAdder switches = new LongAdder();
  private final OwnerThread thread;
  private @Nullable PreparedDiff last; // touched by the thread alone
  private volatile boolean stopping;
  private volatile boolean ended;

  private record Job<T>(
      PreparedDiff prepared,
      List<Example> examples,
      Deadline deadline,
      BiFunction<PreparedDiff, Example, T> asking,
      CompletableFuture<List<T>> answer) {

    void answerAll() {
      try {
        List<T> answers = new ArrayList<>(examples.size());
        for (Example example : examples) {
          if (deadline.passed()) {
            throw tooLate(deadline);
          }
          answers.add(asking.apply(prepared, example));
        }
        answer.complete(answers);
      } catch (RuntimeException e) {
        answer.completeExceptionally(e);
      } catch (Error e) { // it ends the process; who waits may ask another gateway
        answer.completeExceptionally(stopped());
        throw e;
      }
    }
  }

  public InferenceThread(Model model, int queueBound) {
    this.model = model;
    this.queue = new ArrayBlockingQueue<>(queueBound);
    this.thread = new OwnerThread("inference", this::step, this::failWaiting);
  }

  /**
   * @param exit takes the status after an Error
   */
  InferenceThread(Model model, int queueBound, IntConsumer exit) {
    this.model = model;
    this.queue = new ArrayBlockingQueue<>(queueBound);
    this.thread =
        new OwnerThread("inference", this::step, this::failWaiting, System::nanoTime, exit);
  }

  public void start() {
    thread.start();
  }

  public boolean makesProgress() {
    return thread.progressedWithin(MAX_STEP);
  }

  /** Requests that wait. */
  public int waiting() {
    return queue.size();
  }

  /** How often the diff changed from one request to the next. */
  public LongAdder switches() {
    return switches;
  }

  /** The examples as the model computes with them; on the caller's thread. OVERLOADED when full. */
  public List<Example> encode(PreparedDiff prepared, List<Example> examples) {
    if (stopping || queue.remainingCapacity() == 0) {
      throw refused();
    }
    return examples.stream().map(example -> model.encode(prepared, example)).toList();
  }

  private DiffstreamException refused() {
    return new DiffstreamException(
        ErrorCode.OVERLOADED,
        stopping
            ? "the gateway is stopping"
            : "expected room in the queue, but " + queue.size() + " requests wait");
  }

  /** As below, without a deadline. */
  public CompletableFuture<List<Answer>> infer(PreparedDiff prepared, List<Example> examples) {
    return infer(prepared, examples, Deadline.NONE);
  }

  /**
   * The answers to every example; OVERLOADED at once when the queue is full, DEADLINE_EXCEEDED if
   * the deadline passes before the last one is begun.
   */
  public CompletableFuture<List<Answer>> infer(
      PreparedDiff prepared, List<Example> examples, Deadline deadline) {
    Job<Answer> job =
        new Job<>(prepared, examples, deadline, model::answer, new CompletableFuture<>());
    if (stopping || !queue.offer(job)) {
      throw refused();
    }
    if (stopping && queue.remove(job)) { // it came after the thread had looked for the last time
      throw stopped();
    }
    return job.answer();
  }

  /** Runs the model on probes; waits for room in the queue and for the answers. */
  List<float[]> probe(PreparedDiff prepared, List<Example> examples) {
    Job<float[]> job =
        new Job<>(prepared, examples, Deadline.NONE, model::probe, new CompletableFuture<>());
    try {
      while (!queue.offer(job, 100, TimeUnit.MILLISECONDS)) {
        if (stopping) {
          throw stopped();
        }
      }
      while (true) {
        if (ended) {
          throw stopped();
        }
        try {
          return job.answer().get(100, TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
          // look whether the thread has ended
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw stopped();
    } catch (java.util.concurrent.ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    }
  }

  private void step() {
    try {
      Job<?> job = queue.poll(100, TimeUnit.MILLISECONDS);
      if (job != null) {
        if (job.prepared() != last) {
          last = job.prepared();
          switches.increment();
        }
        job.answerAll();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopping = true;
    }
  }

  /** Fails the requests that still wait: they will not be answered. */
  private void failWaiting() {
    stopping = true;
    ended = true;
    queue.forEach(job -> job.answer().completeExceptionally(stopped()));
  }

  private static DiffstreamException tooLate(Deadline deadline) {
    return new DiffstreamException(
        ErrorCode.DEADLINE_EXCEEDED,
        "the request's timeout of " + deadline.timeout() + " passed before it was answered");
  }

  private static DiffstreamException stopped() {
    return new DiffstreamException(ErrorCode.OVERLOADED, "the gateway is stopping");
  }

  @Override
  public void close() {
    stopping = true;
    thread.close();
  }
}
