package dev.diffstream.gateway.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.mixed.KernelPass;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.inference.Deadline;
import dev.diffstream.gateway.inference.InferenceThread;
import dev.diffstream.gateway.inference.Outcome;
import dev.diffstream.gateway.inference.TaskPart;
import dev.diffstream.gateway.model.TinyBertDiffs.Written;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Many callers ask many tasks at once, while versions are swapped under them. */
final class MixedTasksTest {
  private static final long SEED = Long.getLong("diffstream.test.seed", 31);
  private static final int TASKS = 12;
  private static final int VERSIONS = 3;
  private static final List<String> TEXTS =
      List.of("the cat sat", "a man is eating food", "x", "stock market very good on the mat");
  private static final Base BASE = TinyBertDiffs.base();
  private static final TextModel MODEL = new TextModel(BASE, new KernelPass(BASE, 2), 64);

  private final Random random = new Random(SEED);

  @AfterAll
  static void close() {
    MODEL.close();
  }

  @Test
  void everyAnswerIsThatOfTheVersionItWasAskedOf() throws Exception {
    System.out.println("seed " + SEED);
    List<List<Written>> versions = new ArrayList<>();
    for (int task = 0; task < TASKS; task++) {
      List<Written> ofTask = new ArrayList<>();
      for (int version = 0; version < VERSIONS; version++) {
        ofTask.add(version());
      }
      versions.add(ofTask);
    }
    AtomicReferenceArray<Resident> resident = new AtomicReferenceArray<>(TASKS);
    for (int task = 0; task < TASKS; task++) {
      resident.set(task, new Resident(versions.get(task).getFirst()));
    }
    try (InferenceThread inference = new InferenceThread(MODEL, 1000);
        ExecutorService callers = Executors.newFixedThreadPool(8)) {
      inference.start();
      List<Future<Integer>> asked = new ArrayList<>();
      for (int caller = 0; caller < 8; caller++) {
        Random ofCaller = new Random(SEED + caller);
        asked.add(callers.submit(() -> ask(inference, resident, ofCaller)));
      }
      for (int swap = 0; swap < 300; swap++) {
        int task = random.nextInt(TASKS);
        Written next = versions.get(task).get(random.nextInt(VERSIONS));
        resident.getAndSet(task, new Resident(next)).prepared.release();
      }
      for (Future<Integer> answers : asked) {
        assertThat(get(answers)).isEqualTo(200);
      }
      assertThat(inference.examples().sum()).isEqualTo(8 * 200 * 2);
      assertThat(inference.batches().sum()).isLessThan(inference.examples().sum());
    }
  }

  @Test
  void severalTasksAboutOneTextAreComputedTogether() {
    List<Written> versions = List.of(version(), version(), version());
    List<PreparedDiff> diffs = versions.stream().map(v -> MODEL.prepare(v.diff())).toList();
    List<TaskPart> parts =
        List.of(
            new TaskPart(diffs.get(0), "a", false),
            new TaskPart(diffs.get(1), "b", false),
            new TaskPart(diffs.get(2), "c", false));
    try (InferenceThread inference = new InferenceThread(MODEL, 1000)) {
      List<CompletableFuture<List<Outcome>>> outcomes =
          inference.inferEach(parts, Example.texts(TEXTS.subList(0, 1), null), Deadline.NONE, "c");
      inference.start();
      for (int i = 0; i < 3; i++) {
        Outcome.Computed outcome = (Outcome.Computed) outcomes.get(i).join().getFirst();
        compare(outcome.answer(), versions.get(i).logits()[0]);
      }
      assertThat(inference.batches().sum()).isEqualTo(1);
    }
    diffs.forEach(PreparedDiff::release);
  }

  private static int get(Future<Integer> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }

  private static final class Resident {
    private final Written version;
    private final PreparedDiff prepared;

    Resident(Written version) {
      this.version = version;
      this.prepared = MODEL.prepare(version.diff());
    }
  }

  private static int ask(
      InferenceThread inference, AtomicReferenceArray<Resident> residents, Random random) {
    for (int i = 0; i < 200; i++) {
      int task = random.nextInt(TASKS);
      Resident found = residents.get(task);
      while (!found.prepared.retain()) {
        found = residents.get(task);
      }
      int first = random.nextInt(TEXTS.size());
      int second = random.nextInt(TEXTS.size());
      List<Example> examples = Example.texts(List.of(TEXTS.get(first), TEXTS.get(second)), null);
      List<Answer> answers =
          inference
              .infer(
                  new TaskPart(found.prepared, "task-" + task, false), examples, Deadline.NONE, "c")
              .join()
              .answers();
      found.prepared.release();
      compare(answers.get(0), found.version.logits()[first]);
      compare(answers.get(1), found.version.logits()[second]);
    }
    return 200;
  }

  private static void compare(Answer answer, float[] expected) {
    float[] logits = ((Answer.Scores) answer).logits();
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) logits[i]).isCloseTo(expected[i], within(1e-4));
    }
  }

  /** One version of a task, and what it must answer to each of the texts. */
  private Written version() {
    return new TinyBertDiffs(BASE, random).next("t", TEXTS);
  }
}
