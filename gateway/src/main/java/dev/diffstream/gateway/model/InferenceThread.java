package dev.diffstream.gateway.model;

import dev.diffstream.gateway.batching.FairQueue;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.OwnerThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * The one thread that runs the model. Examples wait by task and caller, each task has its share of
 * every batch, and each request is answered by one diff from its first example to its last (I6).
 * Answers are put into their form on other threads.
 */
public final class InferenceThread implements AutoCloseable {
  private static final Duration WAIT = Duration.ofMillis(100);

  /** A batch of long texts takes seconds; modules may take longer for one example. */
  private static final Duration MAX_STEP = Duration.ofMinutes(5);

  private final Model model;
  private final int queueBound;
  private final FairQueue<Ask> queue = new FairQueue<>();
  private final Queue<Probe> probes = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final LongAdder batches = new LongAdder();
  private final LongAdder examples = new LongAdder();
  private final ExecutorService rendering = Executors.newVirtualThreadPerTaskExecutor();
  private final OwnerThread thread;
  private volatile boolean stopping;
  private volatile boolean ended;

  /** One example of a request. */
  private record Ask(Job job, Example example) {
    Question question() {
      return new Question(job.prepared, example);
    }
  }

  /** One probe of a self-test. */
  private record Probe(Question question, CompletableFuture<float[]> answer) {}

  /** A request. What changes belongs to the inference thread. */
  private final class Job {
    private final PreparedDiff prepared;
    private final int size;
    private final Deadline deadline;
    private final List<Supplier<Answer>> answers = new ArrayList<>();
    private final CompletableFuture<List<Answer>> answer = new CompletableFuture<>();
    private boolean begun;

    Job(PreparedDiff prepared, int size, Deadline deadline) {
      this.prepared = prepared;
      this.size = size;
      this.deadline = deadline;
    }

    /** False if nobody waits any more. A request whose deadline has passed ends here. */
    boolean goesOn() {
      begin();
      if (!answer.isDone() && deadline.passed()) {
        answer.completeExceptionally(tooLate(deadline));
      }
      return !answer.isDone();
    }

    private void begin() {
      if (!begun) {
        begun = true;
        waiting.decrementAndGet();
      }
    }

    void answered(Supplier<Answer> next) {
      answers.add(next);
      if (answers.size() == size) {
        answer.completeAsync(() -> answers.stream().map(Supplier::get).toList(), rendering);
      }
    }

    void fail(RuntimeException e) {
      begin();
      answer.completeExceptionally(e);
    }
  }

  public InferenceThread(Model model, int queueBound) {
    this.model = model;
    this.queueBound = queueBound;
    this.thread = new OwnerThread("inference", this::step, this::failWaiting);
  }

  /**
   * @param exit takes the status after an Error
   */
  InferenceThread(Model model, int queueBound, IntConsumer exit) {
    this.model = model;
    this.queueBound = queueBound;
    this.thread =
        new OwnerThread("inference", this::step, this::failWaiting, System::nanoTime, exit);
  }

  public void start() {
    thread.start();
  }

  public boolean makesProgress() {
    return thread.progressedWithin(MAX_STEP);
  }

  /** Requests of which nothing has been computed yet. */
  public int waiting() {
    return waiting.get();
  }

  /** Batches that were computed. */
  public LongAdder batches() {
    return batches;
  }

  /** Examples that were computed in them. */
  public LongAdder examples() {
    return examples;
  }

  /** The examples as the model computes with them; on the caller's thread. OVERLOADED when full. */
  public List<Example> encode(PreparedDiff prepared, List<Example> examples) {
    if (stopping || waiting.get() >= queueBound) {
      throw refused();
    }
    return examples.stream().map(example -> model.encode(prepared, example)).toList();
  }

  private DiffstreamException refused() {
    return new DiffstreamException(
        ErrorCode.OVERLOADED,
        stopping
            ? "the gateway is stopping"
            : "expected room in the queue, but " + waiting.get() + " requests wait");
  }

  /**
   * The answers to every example; OVERLOADED at once when too many requests wait, DEADLINE_EXCEEDED
   * if the deadline passes before the last one is begun.
   *
   * @param prepared which the caller has retained until the answer is there
   * @param task has a share of each batch
   * @param caller takes turns with other callers of the task
   */
  public CompletableFuture<List<Answer>> infer(
      PreparedDiff prepared,
      List<Example> examples,
      Deadline deadline,
      String task,
      String caller) {
    if (examples.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    if (stopping) {
      throw refused();
    }
    if (waiting.incrementAndGet() > queueBound) {
      waiting.decrementAndGet();
      throw refused();
    }
    Job job = new Job(prepared, examples.size(), deadline);
    List<Ask> asks = examples.stream().map(example -> new Ask(job, example)).toList();
    queue.offer(task, caller, asks, ask -> ask.example().tokens());
    if (ended) { // it came after the thread had looked for the last time
      job.answer.completeExceptionally(stopped());
    }
    return job.answer;
  }

  /**
   * Runs the model on probes, each alone, and waits for the answers. One probe is computed between
   * two batches.
   */
  List<float[]> probe(PreparedDiff prepared, List<Example> examples) {
    List<Probe> asked =
        examples.stream()
            .map(example -> new Probe(new Question(prepared, example), new CompletableFuture<>()))
            .toList();
    probes.addAll(asked);
    queue.wake();
    return asked.stream().map(probe -> await(probe.answer())).toList();
  }

  private float[] await(CompletableFuture<float[]> answer) {
    while (true) {
      try {
        return answer.get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (ended) {
          throw stopped();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw stopped();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof RuntimeException cause
            ? cause
            : new IllegalStateException(e.getCause());
      }
    }
  }

  private void step() {
    try {
      List<Ask> batch =
          queue.take(model.batchTokens(), probes.isEmpty() ? WAIT : Duration.ZERO).stream()
              .filter(ask -> ask.job().goesOn())
              .toList();
      compute(batch);
      Probe probe = probes.poll();
      if (probe != null) {
        compute(probe);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopping = true;
    }
  }

  private void compute(List<Ask> batch) {
    if (batch.isEmpty()) {
      return;
    }
    batches.increment();
    examples.add(batch.size());
    try {
      List<Supplier<Answer>> answers = model.answers(batch.stream().map(Ask::question).toList());
      for (int i = 0; i < answers.size(); i++) {
        batch.get(i).job().answered(answers.get(i));
      }
    } catch (RuntimeException e) {
      batch.forEach(ask -> ask.job().fail(e));
    } catch (Error e) { // it ends the process; who waits may ask another gateway
      batch.forEach(ask -> ask.job().fail(stopped()));
      throw e;
    }
  }

  private void compute(Probe probe) {
    try {
      probe.answer().complete(model.probe(probe.question().prepared(), probe.question().example()));
    } catch (RuntimeException e) {
      probe.answer().completeExceptionally(e);
    } catch (Error e) {
      probe.answer().completeExceptionally(stopped());
      throw e;
    }
  }

  /** Fails the requests that still wait: they will not be answered. */
  private void failWaiting() {
    stopping = true;
    ended = true;
    queue.drain().forEach(ask -> ask.job().fail(stopped()));
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
    rendering.close();
  }
}
