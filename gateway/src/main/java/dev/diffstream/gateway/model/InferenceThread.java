package dev.diffstream.gateway.model;

import dev.diffstream.gateway.batching.Admission;
import dev.diffstream.gateway.batching.FairQueue;
import dev.diffstream.gateway.batching.FairQueue.Offer;
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
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The one thread that runs the model. Examples wait by task and caller, each task has its share of
 * every batch, and each request is answered by one diff from its first example to its last (I6).
 * Answers are put into their form on other threads.
 */
public final class InferenceThread implements AutoCloseable {
  private static final Duration WAIT = Duration.ofMillis(100);
  private static final int PROBES_IN_TURN = 4;

  /** A batch of long texts takes seconds; modules may take longer for one example. */
  private static final Duration MAX_STEP = Duration.ofMinutes(5);

  private final Model model;
  private final Admission admission;
  private final FairQueue<Ask> queue = new FairQueue<>();
  private final Queue<Probe> probes = new ConcurrentLinkedQueue<>();
  private final LongAdder batches = new LongAdder();
  private final LongAdder examples = new LongAdder();
  private final ExecutorService rendering = Executors.newVirtualThreadPerTaskExecutor();
  private final OwnerThread thread;
  private volatile boolean stopping;
  private volatile boolean ended;

  /** The answers to a request's examples, and whether the model saw all of each. */
  public record Answered(List<Answer> answers, boolean truncated) {}

  /** One example of a request. */
  private record Ask(Job job, Example example) {
    Question question() {
      return new Question(job.prepared, example);
    }
  }

  /** One probe of a self-test; its diff is retained until it is computed or dropped. */
  private record Probe(Question question, CompletableFuture<float[]> answer) {}

  /**
   * A request. Its diff is retained until its last example has been computed or dropped, whoever
   * has given up waiting by then. What changes belongs to the inference thread.
   */
  private final class Job {
    private final PreparedDiff prepared;
    private final String task;
    private final Deadline deadline;
    private final List<Supplier<Answer>> answers = new ArrayList<>();
    private final CompletableFuture<List<Supplier<Answer>>> answer = new CompletableFuture<>();
    private final int size;
    private int toTake;
    private int toLeave;

    Job(PreparedDiff prepared, String task, int size, Deadline deadline) {
      this.prepared = prepared;
      this.task = task;
      this.deadline = deadline;
      this.size = size;
      this.toTake = size;
      this.toLeave = size;
    }

    /** One of its examples waits no longer. */
    void taken() {
      if (--toTake == 0) {
        admission.leave(task);
      }
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

  public InferenceThread(Model model, int queueBound) {
    this.model = model;
    this.admission = new Admission(queueBound);
    this.thread = new OwnerThread("inference", this::step, this::failWaiting);
  }

  /**
   * @param exit takes the status after an Error
   */
  InferenceThread(Model model, int queueBound, IntConsumer exit) {
    this.model = model;
    this.admission = new Admission(queueBound);
    this.thread =
        new OwnerThread("inference", this::step, this::failWaiting, System::nanoTime, exit);
  }

  public void start() {
    thread.start();
  }

  public boolean makesProgress() {
    return thread.progressedWithin(MAX_STEP);
  }

  /** Requests of which examples wait. */
  public int waiting() {
    return admission.waiting();
  }

  /** Batches that were computed. */
  public LongAdder batches() {
    return batches;
  }

  /** Examples that were computed in them. */
  public LongAdder examples() {
    return examples;
  }

  /**
   * The answers to every example; OVERLOADED at once when too many requests wait, DEADLINE_EXCEEDED
   * when the deadline passes before they are there. Texts are tokenised on the caller's thread. Of
   * a request that was cancelled, what still waits is passed over.
   *
   * @param prepared which the caller has retained
   * @param task has a share of each batch, and of what may wait
   * @param caller takes turns with other callers of the task
   */
  public CompletableFuture<Answered> infer(
      PreparedDiff prepared,
      List<Example> examples,
      Deadline deadline,
      String task,
      String caller) {
    expectRunning();
    if (!admission.enter(task)) {
      throw overloaded();
    }
    List<Example> encoded;
    try {
      encoded = examples.stream().map(example -> model.encode(prepared, example)).toList();
      if (encoded.isEmpty()) {
        admission.leave(task);
        return CompletableFuture.completedFuture(new Answered(List.of(), false));
      }
    } catch (RuntimeException | Error e) {
      admission.leave(task);
      throw e;
    }
    boolean truncated = encoded.stream().anyMatch(Example::isTruncated);
    Job job = job(prepared, task, encoded.size(), deadline);
    submit(List.of(offer(job, encoded, caller)));
    return Cancelling.reaching(
        job.answer,
        job.answer.thenApplyAsync(
            answers -> new Answered(answers.stream().map(Supplier::get).toList(), truncated),
            rendering));
  }

  /**
   * What several tasks say to the same examples, which wait and are computed together. An example
   * that has no answer spoils no other. OVERLOADED for the tasks of which too many requests wait;
   * else as {@link #infer}.
   *
   * @return for each part what became of each example
   */
  public List<CompletableFuture<List<Outcome>>> inferEach(
      List<TaskPart> parts, List<Example> examples, Deadline deadline, String caller) {
    expectRunning();
    List<TaskPart> admitted = parts.stream().filter(part -> admission.enter(part.task())).toList();
    try {
      List<PreparedDiff> diffs = admitted.stream().map(TaskPart::prepared).toList();
      for (Example example : examples) {
        List<Example> encoded = model.encode(diffs, example);
        IntStream.range(0, encoded.size()).forEach(i -> admitted.get(i).add(encoded.get(i)));
      }
    } catch (RuntimeException | Error e) {
      admitted.forEach(part -> admission.leave(part.task()));
      throw e;
    }
    List<Offer<Ask>> offers = new ArrayList<>();
    List<CompletableFuture<List<Outcome>>> outcomes = new ArrayList<>();
    for (TaskPart part : parts) {
      outcomes.add(
          admitted.contains(part)
              ? outcomes(part, deadline, caller, offers)
              : CompletableFuture.failedFuture(overloaded()));
    }
    submit(offers);
    return outcomes;
  }

  private CompletableFuture<List<Outcome>> outcomes(
      TaskPart part, Deadline deadline, String caller, List<Offer<Ask>> offers) {
    List<Example> asked = part.asked();
    if (asked.isEmpty()) {
      admission.leave(part.task());
      return CompletableFuture.completedFuture(part.outcomes(List.of()));
    }
    Job job = job(part.prepared(), part.task(), asked.size(), deadline);
    offers.add(offer(job, asked, caller));
    return Cancelling.reaching(job.answer, job.answer.thenApplyAsync(part::outcomes, rendering));
  }

  private void expectRunning() {
    if (stopping) {
      throw stopped();
    }
  }

  private DiffstreamException overloaded() {
    return new DiffstreamException(
        ErrorCode.OVERLOADED,
        "expected room in the queue, but " + admission.waiting() + " requests wait");
  }

  private Job job(PreparedDiff prepared, String task, int size, Deadline deadline) {
    retain(prepared);
    Job job = new Job(prepared, task, size, deadline);
    deadline.limit(job.answer);
    return job;
  }

  private static Offer<Ask> offer(Job job, List<Example> examples, String caller) {
    return new Offer<>(
        job.task, caller, examples.stream().map(example -> new Ask(job, example)).toList());
  }

  private void submit(List<Offer<Ask>> offers) {
    queue.offer(offers, ask -> model.cost(ask.job().prepared, ask.example()));
    if (ended) { // they came after the thread had looked for the last time
      offers.forEach(offer -> offer.items().getFirst().job().fail(stopped()));
    }
  }

  private static void retain(PreparedDiff prepared) {
    if (!prepared.retain()) {
      throw new IllegalStateException("the caller has not retained the diff");
    }
  }

  /**
   * Runs the model on probes, each alone, and waits for the answers. Some are computed between two
   * batches: as many as a self-test has.
   */
  List<float[]> probe(PreparedDiff prepared, List<Example> examples) {
    List<Probe> asked = new ArrayList<>();
    for (Example example : examples) {
      retain(prepared);
      asked.add(new Probe(new Question(prepared, example), new CompletableFuture<>()));
    }
    probes.addAll(asked);
    queue.wake();
    await(
        CompletableFuture.allOf(
            asked.stream().map(Probe::answer).toArray(CompletableFuture[]::new)));
    return asked.stream().map(probe -> probe.answer().join()).toList();
  }

  private <T> T await(CompletableFuture<T> answer) {
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
      compute(queue.take(model.batchTokens(), probes.isEmpty() ? WAIT : Duration.ZERO));
      for (int i = 0; i < PROBES_IN_TURN && !probes.isEmpty(); i++) {
        compute(probes.remove());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopping = true;
    }
  }

  private void compute(List<Ask> taken) {
    taken.forEach(ask -> ask.job().taken());
    try {
      List<Ask> batch = taken.stream().filter(ask -> ask.job().goesOn()).toList();
      if (!batch.isEmpty()) {
        batches.increment();
        examples.add(batch.size());
        answer(batch);
      }
    } finally {
      taken.forEach(ask -> ask.job().left());
    }
  }

  private void answer(List<Ask> batch) {
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

  /** The diff is released before the answer is there, so that who waits for it finds it so. */
  private void compute(Probe probe) {
    PreparedDiff prepared = probe.question().prepared();
    Runnable tell;
    try {
      float[] row = model.probe(prepared, probe.question().example());
      tell = () -> probe.answer().complete(row);
    } catch (RuntimeException e) {
      tell = () -> probe.answer().completeExceptionally(e);
    } catch (Error e) {
      probe.answer().completeExceptionally(stopped());
      throw e;
    }
    prepared.release();
    tell.run();
  }

  /** Fails the requests that still wait: they will not be answered. */
  private void failWaiting() {
    stopping = true;
    ended = true;
    for (Ask ask : queue.drain()) {
      ask.job().taken();
      ask.job().fail(stopped());
      ask.job().left();
    }
    for (Probe probe = probes.poll(); probe != null; probe = probes.poll()) {
      probe.answer().completeExceptionally(stopped());
      probe.question().prepared().release();
    }
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
