package dev.diffstream.gateway.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.gateway.batching.FairQueue;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.inference.PhaseTimes.Phase;
import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.gateway.model.Model;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.event.Objective;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class InferenceThreadTest {
  private static final PreparedDiff ONE = new Counted();
  private static final PreparedDiff TWO = new Counted();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch gate = new CountDownLatch(1);

  /** Answers each text with its length, once the gate is open. */
  private final Model model =
      new Model() {
        @Override
        public String baseName() {
          return "gated";
        }

        @Override
        public String baseDigest() {
          return TinyModel.BASE;
        }

        @Override
        public String inputDigest() {
          return "";
        }

        @Override
        public String featureKind(Objective objective, PairEncoding pairs) {
          return "";
        }

        @Override
        public PreparedDiff prepare(Diff diff) {
          return ONE;
        }

        @Override
        public float[] probe(PreparedDiff prepared, Example example) {
          return length(example);
        }

        @Override
        public Answer answer(PreparedDiff prepared, Example example) {
          return new Answer.Scores(length(example));
        }

        private float[] length(Example example) {
          String text = ((Example.OfText) example).text();
          begun.countDown();
          try {
            gate.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          if (text.equals("broken")) {
            throw new NoClassDefFoundError("a broken installation");
          }
          if (text.isEmpty()) {
            throw new IllegalArgumentException("nothing to answer");
          }
          return new float[] {text.length()};
        }

        @Override
        public void close() {}
      };

  @Test
  void whatHasWaitedPastItsDeadlineIsNotBegun() throws Exception {
    try (InferenceThread thread = new InferenceThread(model, 2)) {
      thread.start();
      CompletableFuture<List<Answer>> running = ask(thread, ONE, Deadline.NONE, "a");
      begun.await();
      long now = System.nanoTime();
      Deadline passed = Deadline.after(now - 2_000_000, Duration.ofMillis(1));
      CompletableFuture<List<Answer>> late = ask(thread, ONE, passed, "broken");
      Deadline ahead = Deadline.after(now, Duration.ofHours(1));
      CompletableFuture<List<Answer>> inTime = ask(thread, ONE, ahead, "ab");
      gate.countDown();
      running.join();
      assertThatThrownBy(late::join).hasMessageContaining("DEADLINE_EXCEEDED: ");
      assertThat(logits(inTime.join())).isDeepEqualTo(new float[][] {{2}});
      assertThat(Deadline.after(now - 1, Duration.ZERO)).isEqualTo(Deadline.NONE);
    }
  }

  @Test
  void aDeadlineEndsTheWaitingAtItsTimeAndTheDiffIsHeldUntilNobodyComputesWithIt()
      throws Exception {
    Counted diff = new Counted();
    try (InferenceThread thread = new InferenceThread(model, 2)) {
      thread.start();
      Deadline soon = Deadline.after(System.nanoTime(), Duration.ofMillis(50));
      CompletableFuture<List<Answer>> late = ask(thread, diff, soon, "a", "b");
      begun.await();
      assertThatThrownBy(late::join).hasMessageContaining("DEADLINE_EXCEEDED: ");
      diff.release(); // as who has prepared it, when another version serves
      assertThat(diff.users.get()).as("the first text is being computed").isEqualTo(1);
      gate.countDown();
      ask(thread, ONE, Deadline.NONE, "c").join();
      assertThat(diff.users.get()).isZero();
    }
  }

  @Test
  void whatWasCancelledIsNotComputedAndItsDiffIsHeldNoLonger() throws Exception {
    Counted diff = new Counted();
    try (InferenceThread thread = new InferenceThread(model, 3)) {
      thread.start();
      CompletableFuture<List<Answer>> running = ask(thread, ONE, Deadline.NONE, "a");
      begun.await();
      CompletableFuture<Answered> cancelled =
          infer(thread, diff, Deadline.NONE, "broken", "broken");
      assertThat(cancelled.cancel(false)).isTrue();
      CompletableFuture<List<Answer>> next = ask(thread, ONE, Deadline.NONE, "ab");
      gate.countDown();
      running.join();
      assertThat(logits(next.join())).isDeepEqualTo(new float[][] {{2}});
      assertThat(thread.waiting()).isZero();
      assertThat(thread.examples().sum()).isEqualTo(2);
      assertThat(diff.users.get()).as("whoever has prepared it").isEqualTo(1);
    }
  }

  @Test
  void aSelfTestThatFailsLeavesNoProbeBehindThatReadsItsDiff() {
    gate.countDown();
    Counted diff = new Counted();
    try (InferenceThread thread = new InferenceThread(model, 2)) {
      thread.start();
      List<Example> probes = Example.texts(List.of("a", "", "b", "c"), null);
      assertThatThrownBy(() -> thread.probe(diff, probes))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(diff.users.get()).isEqualTo(1);
      diff.release();
      ask(thread, ONE, Deadline.NONE, "d").join();
      assertThat(diff.users.get()).isZero();
    }
  }

  /** A diff that tells how many use it. */
  private static final class Counted implements PreparedDiff {
    private static final DiffMetadata METADATA =
        DiffReader.read(TinyModel.diff("task", Objective.CLASSIFICATION, 0, 0)).metadata();

    private final AtomicInteger users = new AtomicInteger(1);

    @Override
    public DiffMetadata metadata() {
      return METADATA;
    }

    @Override
    public boolean retain() {
      return users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    @Override
    public void release() {
      assertThat(users.decrementAndGet()).isNotNegative();
    }
  }

  @Test
  void aFullQueueIsAnsweredAtOnce() throws Exception {
    try (InferenceThread thread = new InferenceThread(model, 2)) {
      thread.start();
      CompletableFuture<List<Answer>> running = ask(thread, ONE, Deadline.NONE, "a");
      begun.await();
      CompletableFuture<List<Answer>> second = ask(thread, ONE, Deadline.NONE, "ab", "abc");
      CompletableFuture<List<Answer>> third = ask(thread, TWO, Deadline.NONE, "a");
      assertThatThrownBy(ask(thread, ONE, Deadline.NONE, "a")::join)
          .hasMessageContaining("OVERLOADED: ");
      gate.countDown();
      assertThat(logits(running.join())).isDeepEqualTo(new float[][] {{1}});
      assertThat(logits(second.join())).isDeepEqualTo(new float[][] {{2}, {3}});
      third.join();
      assertThat(thread.batches().sum()).isEqualTo(4);
      assertThat(thread.examples().sum()).isEqualTo(4);
    }
  }

  @Test
  void phasesOfARequestAndSizesOfBatchesAreTold() {
    gate.countDown();
    List<Phase> phases = new CopyOnWriteArrayList<>();
    List<String> batches = new CopyOnWriteArrayList<>();
    try (InferenceThread thread = new InferenceThread(model, 2)) {
      thread.tell(
          new PhaseTimes() {
            @Override
            public void took(Phase phase, long nanos) {
              assertThat(nanos).isNotNegative();
              phases.add(phase);
            }

            @Override
            public void batch(int examples, int tokens) {
              batches.add(examples + " of " + tokens);
            }
          });
      CompletableFuture<List<Answer>> answers = ask(thread, ONE, Deadline.NONE, "a", "ab");
      assertThat(thread.waitingTokens()).isEqualTo(2 * FairQueue.TURN);
      thread.start();
      answers.join();
      assertThat(thread.waitingTokens()).isZero();
    }
    assertThat(batches).containsExactly("1 of 64", "1 of 64");
    assertThat(phases)
        .containsExactly(Phase.TOKENISE, Phase.COMPUTE, Phase.QUEUE, Phase.COMPUTE, Phase.RENDER);
  }

  @Test
  void aFailureIsTheRequestsAlone() {
    gate.countDown();
    try (InferenceThread thread = new InferenceThread(model, 2)) {
      thread.start();
      assertThatThrownBy(() -> ask(thread, ONE, Deadline.NONE, "a", "").join())
          .hasCauseInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> thread.probe(ONE, Example.texts(List.of(""), null)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(thread.probe(ONE, Example.texts(List.of("a"), null)))
          .containsExactly(new float[] {1});
    }
  }

  @Test
  void whoWaitsWhenItStopsIsTold() throws Exception {
    InferenceThread thread = new InferenceThread(model, 2);
    thread.start();
    CompletableFuture<List<Answer>> running = ask(thread, ONE, Deadline.NONE, "a");
    begun.await();
    CompletableFuture<List<Answer>> waiting = ask(thread, ONE, Deadline.NONE, "b");
    Thread closer = Thread.startVirtualThread(thread::close);
    while (closer.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    gate.countDown();
    closer.join();
    assertThat(logits(running.join())).isDeepEqualTo(new float[][] {{1}});
    assertThatThrownBy(waiting::join).hasMessageContaining("OVERLOADED: the gateway is stopping");
    assertThatThrownBy(() -> ask(thread, ONE, Deadline.NONE, "c"))
        .hasMessageStartingWith("OVERLOADED: ");
  }

  @Test
  void anErrorAnswersWhoWaitsAndEndsTheProcess() throws Exception {
    CompletableFuture<Integer> exit = new CompletableFuture<>();
    try (InferenceThread thread = new InferenceThread(model, 2, exit::complete)) {
      thread.start();
      CompletableFuture<List<Answer>> broken = ask(thread, ONE, Deadline.NONE, "broken");
      begun.await();
      CompletableFuture<List<Answer>> waiting = ask(thread, ONE, Deadline.NONE, "b");
      gate.countDown();
      assertThat(exit.get(30, TimeUnit.SECONDS)).isEqualTo(70);
      assertThatThrownBy(broken::join).hasMessageContaining("OVERLOADED: the gateway is stopping");
      assertThatThrownBy(waiting::join).hasMessageContaining("OVERLOADED: the gateway is stopping");
      thread.close();
      assertThat(thread.makesProgress()).isFalse();
    }
  }

  private static CompletableFuture<List<Answer>> ask(
      InferenceThread thread, PreparedDiff prepared, Deadline deadline, String... texts) {
    return infer(thread, prepared, deadline, texts).thenApply(Answered::answers);
  }

  private static CompletableFuture<Answered> infer(
      InferenceThread thread, PreparedDiff prepared, Deadline deadline, String... texts) {
    TaskPart part = new TaskPart(prepared, "task", false);
    return thread.infer(part, Example.texts(List.of(texts), null), deadline, "caller");
  }

  private static float[][] logits(List<Answer> answers) {
    return answers.stream()
        .map(answer -> ((Answer.Scores) answer).logits())
        .toArray(float[][]::new);
  }
}
