package dev.diffstream.gateway.inference;

import dev.diffstream.gateway.batching.Admission;
import dev.diffstream.gateway.batching.FairQueue;
import dev.diffstream.gateway.batching.FairQueue.Offer;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.inference.Job.Ask;
import dev.diffstream.gateway.inference.PhaseTimes.Phase;
import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.gateway.model.Model;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.OwnerThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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

  /** Requests go before replays for so long. */
  private static final Duration REPLAY_WAIT = Duration.ofMillis(100);

  /** A batch of long texts takes seconds; modules may take longer for one example. */
  private static final Duration MAX_STEP = Duration.ofMinutes(5);

  private final Model model;
  private final Admission admission;
  private final FairQueue<Ask> queue = new FairQueue<>();
  private final Probes probes = new Probes();
  private final Probes replays = new Probes();
  private final LongAdder batches = new LongAdder();
  private final LongAdder examples = new LongAdder();
  private final ExecutorService rendering = Executors.newVirtualThreadPerTaskExecutor();
  private final OwnerThread thread;
  private volatile PhaseTimes times = PhaseTimes.NONE;
  private volatile boolean stopping;
  private volatile boolean ended;

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

  /** From now on {@code next} is told times and sizes. */
  public void tell(PhaseTimes next) {
    times = next;
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

  /** What the examples that wait cost, in tokens. */
  public long waitingTokens() {
    return queue.cost();
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
   * What one task says to examples, each of which must have an answer; else as {@link #inferEach}.
   */
  public CompletableFuture<Answered> infer(
      TaskPart part, List<Example> examples, Deadline deadline, String caller) {
    CompletableFuture<List<Outcome>> outcomes =
        inferEach(List.of(part), examples, deadline, caller).getFirst();
    return Cancelling.reaching(outcomes, outcomes.thenApply(Answered::of));
  }

  /**
   * What several tasks say to the same examples, which wait and are computed together. Texts are
   * tokenised on the caller's thread. An example that has no answer spoils no other. OVERLOADED for
   * the tasks of which too many requests wait; DEADLINE_EXCEEDED when the deadline passes before
   * the answers are there. Of a request that was cancelled, what still waits is passed over.
   *
   * @param parts whose tasks have a share of each batch, and of what may wait
   * @param caller takes turns with other callers of a task
   * @return for each part what became of each example
   */
  public List<CompletableFuture<List<Outcome>>> inferEach(
      List<TaskPart> parts, List<Example> examples, Deadline deadline, String caller) {
    if (stopping) {
      throw stopped();
    }
    List<TaskPart> admitted = parts.stream().filter(part -> admission.enter(part.task())).toList();
    try {
      encode(admitted, examples);
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

  private void encode(List<TaskPart> parts, List<Example> examples) {
    long begin = System.nanoTime();
    List<PreparedDiff> diffs = parts.stream().map(TaskPart::prepared).toList();
    for (Example example : examples) {
      List<Example> encoded = model.encode(diffs, example);
      IntStream.range(0, encoded.size()).forEach(i -> parts.get(i).add(encoded.get(i)));
    }
    times.took(Phase.TOKENISE, System.nanoTime() - begin);
  }

  private CompletableFuture<List<Outcome>> outcomes(
      TaskPart part, Deadline deadline, String caller, List<Offer<Ask>> offers) {
    List<Example> asked = part.asked();
    if (asked.isEmpty()) {
      admission.leave(part.task());
      return CompletableFuture.completedFuture(part.outcomes(List.of()));
    }
    Job job = new Job(part, deadline, () -> admission.leave(part.task()));
    offers.add(job.offer(asked, caller));
    return Cancelling.reaching(
        job.answer(), job.answer().thenApplyAsync(computed -> rendered(part, computed), rendering));
  }

  private List<Outcome> rendered(TaskPart part, List<Supplier<Answer>> computed) {
    long begin = System.nanoTime();
    List<Outcome> outcomes = part.outcomes(computed);
    times.took(Phase.RENDER, System.nanoTime() - begin);
    return outcomes;
  }

  private DiffstreamException overloaded() {
    return new DiffstreamException(
        ErrorCode.OVERLOADED,
        "expected room in the queue, but " + admission.waiting() + " requests wait");
  }

  private void submit(List<Offer<Ask>> offers) {
    queue.offer(offers, this::cost);
    if (ended) { // they came after the thread had looked for the last time
      offers.forEach(offer -> offer.items().getFirst().job().fail(stopped()));
    }
  }

  private int cost(Ask ask) {
    return model.cost(ask.question().prepared(), ask.example());
  }

  /**
   * Runs the model on the probes of a self-test, between two batches, and waits for the answers.
   */
  List<float[]> probe(PreparedDiff prepared, List<Example> examples) {
    CompletableFuture<List<float[]>> rows = probes.add(prepared, examples);
    queue.wake();
    return await(rows);
  }

  /**
   * Runs the model on one probe alone, when no request waits or after a while, and waits for the
   * answer.
   */
  float[] replay(PreparedDiff prepared, Example probe) {
    CompletableFuture<List<float[]>> rows = replays.add(prepared, List.of(probe));
    queue.wake();
    return await(rows).getFirst();
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
      boolean idle = probes.isEmpty() && replays.isEmpty();
      List<Ask> taken = queue.take(model.batchTokens(), idle ? WAIT : Duration.ZERO);
      compute(taken);
      probes.computeNext(model, InferenceThread::stopped);
      if (taken.isEmpty() || replays.haveWaited(REPLAY_WAIT)) {
        replays.computeNext(model, InferenceThread::stopped);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopping = true;
    }
  }

  private void compute(List<Ask> taken) {
    for (Ask ask : taken) {
      ask.job().taken().ifPresent(waited -> times.took(Phase.QUEUE, waited.toNanos()));
    }
    try {
      List<Ask> batch = taken.stream().filter(ask -> ask.job().goesOn()).toList();
      if (!batch.isEmpty()) {
        answer(batch);
      }
    } finally {
      taken.forEach(ask -> ask.job().left());
    }
  }

  private void answer(List<Ask> batch) {
    batches.increment();
    examples.add(batch.size());
    times.batch(batch.size(), batch.stream().mapToInt(this::cost).sum());
    long begin = System.nanoTime();
    try {
      List<Supplier<Answer>> answers = model.answers(batch.stream().map(Ask::question).toList());
      Duration time = Duration.ofNanos(System.nanoTime() - begin);
      times.took(Phase.COMPUTE, time.toNanos());
      batch.stream().map(Ask::job).distinct().forEach(job -> job.computedWithin(time));
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

  /** Fails the requests that still wait: they will not be answered. */
  private void failWaiting() {
    stopping = true;
    ended = true;
    for (Ask ask : queue.drain()) {
      ask.job().taken();
      ask.job().fail(stopped());
      ask.job().left();
    }
    probes.drop(stopped());
    replays.drop(stopped());
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
