package dev.diffstream.gateway.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.mixed.KernelPass;
import dev.diffstream.gateway.announcement.DiffPreparer.UntestedDiff;
import dev.diffstream.gateway.certificate.ProbeBits;
import dev.diffstream.gateway.inference.Deadline;
import dev.diffstream.gateway.inference.InferenceThread;
import dev.diffstream.gateway.inference.ModelPreparer;
import dev.diffstream.gateway.inference.TaskPart;
import dev.diffstream.gateway.model.TinyBertDiffs.Written;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Probes that are asked alone give the same bits, whatever else a small base computes. */
final class ProbesAloneTest {
  private static final Base BASE = TinyBertDiffs.base();
  private static final TextModel MODEL = new TextModel(BASE, new KernelPass(BASE, 2), 64);
  private static final List<String> TEXTS =
      List.of("the cat sat", "a man is eating food", "x", "stock market very good on the mat");

  @AfterAll
  static void close() {
    MODEL.close();
  }

  private static Written written(String task) {
    return new TinyBertDiffs(BASE, new Random(task.hashCode())).next(task, TEXTS);
  }

  private static UntestedDiff prepare(ModelPreparer preparer, Written of) {
    return preparer.prepare(of.digest(), of.file());
  }

  @Test
  void besideRequestsAndNewVersionsOfOthersTheyKeepEveryBit() throws Exception {
    try (InferenceThread inference = new InferenceThread(MODEL, 1_000)) {
      inference.start();
      ModelPreparer preparer = new ModelPreparer(MODEL, inference);
      assertThat(preparer.baseChecked()).isPresent();
      UntestedDiff films = prepare(preparer, written("films"));
      ProbeBits first = preparer.replay(films.prepared());
      AtomicBoolean done = new AtomicBoolean();
      UntestedDiff songs = prepare(preparer, written("songs"));
      Thread asking = Thread.ofPlatform().start(() -> ask(inference, songs, done));
      try {
        for (int version = 0; version < 20; version++) {
          UntestedDiff other = prepare(preparer, written("books-" + version));
          other.selfTest().run();
          assertThat(preparer.replay(films.prepared())).isEqualTo(first);
          assertThat(preparer.replay(other.prepared())).isNotEqualTo(first);
          other.prepared().release();
        }
      } finally {
        done.set(true);
        asking.join();
      }
      assertThat(preparer.replay(prepare(preparer, written("films")).prepared()))
          .as("prepared anew")
          .isEqualTo(first);
    }
  }

  private static void ask(InferenceThread inference, UntestedDiff diff, AtomicBoolean done) {
    while (!done.get()) {
      TaskPart part = new TaskPart(diff.prepared(), "songs", false);
      inference.infer(part, Example.texts(TEXTS, null), Deadline.NONE, "c").join();
    }
  }

  @Test
  void aRequestTellsHowSureItsAnswersAre() {
    Written films = written("films");
    try (InferenceThread inference = new InferenceThread(MODEL, 1_000)) {
      inference.start();
      UntestedDiff diff = prepare(new ModelPreparer(MODEL, inference), films);
      TaskPart part = new TaskPart(diff.prepared(), "films", false);
      inference.infer(part, Example.texts(TEXTS, null), Deadline.NONE, "c").join();
      double sum = 0;
      for (double[] probabilities : films.expected()) {
        sum += java.util.Arrays.stream(probabilities).max().orElseThrow();
      }
      assertThat(part.confidence().count()).isEqualTo(TEXTS.size());
      assertThat(part.confidence().mean()).isCloseTo(sum / TEXTS.size(), within(1e-4));
    }
  }
}
