package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.diff.Diff;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

final class InferenceThreadTest {
  private static final Model.Fitted ONE = new Model.Fitted() {};
  private static final Model.Fitted TWO = new Model.Fitted() {};
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
        public Fitted fit(Diff diff) {
          return ONE;
        }

        @Override
        public float[] logits(Fitted fitted, Question question) {
          String text = ((Question.OfText) question).text();
          begun.countDown();
          try {
            gate.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
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
  void aFullQueueIsAnsweredAtOnce() throws Exception {
    try (InferenceThread thread = new InferenceThread(model, 2)) {
      thread.start();
      CompletableFuture<float[][]> running = thread.ask(ONE, Question.texts(List.of("a"), null));
      begun.await();
      CompletableFuture<float[][]> second =
          thread.ask(ONE, Question.texts(List.of("ab", "abc"), null));
      CompletableFuture<float[][]> third = thread.ask(TWO, Question.texts(List.of("a"), null));
      assertThatThrownBy(() -> thread.ask(ONE, Question.texts(List.of("a"), null)))
          .hasMessageStartingWith("OVERLOADED: ");
      gate.countDown();
      assertThat(running.join()).isDeepEqualTo(new float[][] {{1}});
      assertThat(second.join()).isDeepEqualTo(new float[][] {{2}, {3}});
      third.join();
      assertThat(thread.switches().sum()).isEqualTo(2);
    }
  }

  @Test
  void aFailureIsTheRequestsAlone() {
    gate.countDown();
    try (InferenceThread thread = new InferenceThread(model, 2)) {
      thread.start();
      assertThatThrownBy(() -> thread.ask(ONE, Question.texts(List.of("a", ""), null)).join())
          .hasCauseInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> thread.askPatiently(ONE, Question.texts(List.of(""), null)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(thread.askPatiently(ONE, Question.texts(List.of("a"), null)))
          .isDeepEqualTo(new float[][] {{1}});
    }
  }

  @Test
  void whoWaitsWhenItStopsIsTold() throws Exception {
    InferenceThread thread = new InferenceThread(model, 2);
    thread.start();
    CompletableFuture<float[][]> running = thread.ask(ONE, Question.texts(List.of("a"), null));
    begun.await();
    CompletableFuture<float[][]> waiting = thread.ask(ONE, Question.texts(List.of("b"), null));
    Thread closer = Thread.startVirtualThread(thread::close);
    while (closer.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    gate.countDown();
    closer.join();
    assertThat(running.join()).isDeepEqualTo(new float[][] {{1}});
    assertThatThrownBy(waiting::join).hasMessageContaining("OVERLOADED: the gateway is stopping");
    assertThatThrownBy(() -> thread.ask(ONE, Question.texts(List.of("c"), null)))
        .hasMessageStartingWith("OVERLOADED: ");
  }
}
