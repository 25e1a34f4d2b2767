package dev.diffstream.gateway;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that asks the model. Requests wait in a bounded queue and are answered in order,
 * each by one diff from its first question to its last (I6), each question alone.
 */
final class InferenceThread implements AutoCloseable {
  private static final long STOP_MILLIS = 20_000;

  private final Model model;
  private final BlockingQueue<Job> queue;
  private final LongAdder switches = new LongAdder();
  private final Thread thread = new Thread(this::run, "inference");
  private volatile boolean stopping;

  private record Job(
      Model.Fitted fitted, List<Question> questions, CompletableFuture<float[][]> answer) {}

  InferenceThread(Model model, int queueBound) {
    this.model = model;
    this.queue = new ArrayBlockingQueue<>(queueBound);
  }

  void start() {
    thread.start();
  }

  boolean alive() {
    return thread.isAlive();
  }

  /** Requests that wait. */
  int waiting() {
    return queue.size();
  }

  /** How often the diff changed from one request to the next. */
  LongAdder switches() {
    return switches;
  }

  /** The logits of every question; OVERLOADED at once when the queue is full. */
  CompletableFuture<float[][]> ask(Model.Fitted fitted, List<Question> questions) {
    Job job = new Job(fitted, questions, new CompletableFuture<>());
    if (stopping || !queue.offer(job)) {
      throw new DiffstreamException(
          ErrorCode.OVERLOADED,
          stopping
              ? "the gateway is stopping"
              : "expected room in the queue, but " + queue.size() + " requests wait");
    }
    if (stopping && queue.remove(job)) { // it came after the thread had looked for the last time
      throw stopped();
    }
    return job.answer();
  }

  /** As {@link #ask}, but waits for room and for the answer: for the gateway's own questions. */
  float[][] askPatiently(Model.Fitted fitted, List<Question> questions) {
    Job job = new Job(fitted, questions, new CompletableFuture<>());
    try {
      while (!queue.offer(job, 100, TimeUnit.MILLISECONDS)) {
        if (stopping) {
          throw stopped();
        }
      }
      while (true) {
        if (stopping && !thread.isAlive()) {
          throw stopped();
        }
        try {
          return job.answer().get(100, TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
          // look whether the thread still lives
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

  private void run() {
    Model.@Nullable Fitted last = null;
    try {
      while (!stopping) {
        Job job = queue.poll(100, TimeUnit.MILLISECONDS);
        if (job != null) {
          if (job.fitted() != last) {
            last = job.fitted();
            switches.increment();
          }
          answer(job);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      stopping = true;
      queue.forEach(job -> job.answer().completeExceptionally(stopped()));
    }
  }

  private void answer(Job job) {
    try {
      float[][] logits = new float[job.questions().size()][];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = model.logits(job.fitted(), job.questions().get(i));
      }
      job.answer().complete(logits);
    } catch (RuntimeException e) {
      job.answer().completeExceptionally(e);
    }
  }

  private static DiffstreamException stopped() {
    return new DiffstreamException(ErrorCode.OVERLOADED, "the gateway is stopping");
  }

  @Override
  public void close() {
    stopping = true;
    try {
      thread.join(STOP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
