package dev.diffstream.worker.learning.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.base.Base;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TinyTask;
import dev.diffstream.worker.learning.methods.LearningMethods;
import dev.diffstream.worker.learning.parameters.FloatArray;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that was cut off goes on at its last checkpoint and gives the bits of one that was not. */
class ResumeTest {
  /** By what was learned; the same bits each time, which other tests hold. */
  private static final Map<String, LearnedDiff> UNINTERRUPTED = new HashMap<>();

  private static final Base BASE = TinyWorld.base();
  private static final String RUN = "run-1";
  private static final long ATTEMPT = 3;

  private final MemoryObjectStore store = new MemoryObjectStore();

  @AfterAll
  static void close() {
    BASE.close();
  }

  @ParameterizedTest
  @CsvSource({
    "diff-pruning, 0.01",
    "diff-pruning, 0.3",
    "diff-pruning, 0.55",
    "diff-pruning, 0.6",
    "diff-pruning, 0.85",
    "diff-pruning, 0.99",
    "lottery-ticket, 0.05",
    "lottery-ticket, 0.2",
    "lottery-ticket, 0.9",
    "fixed-mask, 0.03",
    "fixed-mask, 0.3",
    "fixed-mask, 0.9"
  })
  void goesOnWhereItWasCutOff(String name, double share) {
    LearningTask task = task(Map.of());
    expectTheSame(
        task,
        method(name),
        share,
        UNINTERRUPTED.computeIfAbsent(name, n -> learn(task, method(n))));
  }

  @Test
  void goesOnInTheStepsBeforeAScoreThatLooksAtNoRows() {
    LearningTask task = task(Map.of("maskScore", "rand"));
    LearningMethod method = method("fixed-mask");
    expectTheSame(task, method, 0.07, learn(task, method));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.85, 0.99})
  void goesOnInTheStepsWithValuesRounded(double share) {
    LearningTask whole = task(Map.of("roundedSteps", 60));
    LearningTask int4 =
        new LearningTask(
            whole.base(),
            whole.examples(),
            whole.densities(),
            ValuePrecision.INT4,
            whole.settings());
    LearningMethod method = method("diff-pruning");
    expectTheSame(
        int4, method, share, UNINTERRUPTED.computeIfAbsent("int4", n -> learn(int4, method)));
  }

  private static LearnedDiff learn(LearningTask task, LearningMethod method) {
    return method.learn(task, (phase, step, steps, loss, done) -> {});
  }

  private void expectTheSame(
      LearningTask task, LearningMethod method, double share, LearnedDiff uninterrupted) {
    assertThatThrownBy(
            () ->
                method.learn(
                    task,
                    (phase, step, steps, loss, done) -> {
                      if (done >= share) {
                        throw new IllegalStateException("killed");
                      }
                    },
                    checkpoints("same")))
        .hasMessage("killed");
    assertThat(keys()).hasSize(1);
    StoredCheckpoints again = checkpoints("same");
    double[] least = {1};
    LearnedDiff resumed =
        method.learn(
            task, (phase, step, steps, loss, done) -> least[0] = Math.min(least[0], done), again);
    assertThat(again.resumedFrom()).isPresent();
    assertThat(least[0]).isGreaterThan(share - 0.05);
    assertThat(resumed.delta()).usingRecursiveComparison().isEqualTo(uninterrupted.delta());
    assertThat(resumed.head().weight()).isEqualTo(uninterrupted.head().weight());
    assertThat(resumed.head().bias()).isEqualTo(uninterrupted.head().bias());
    assertThat(resumed.figures()).isEqualTo(uninterrupted.figures());
    assertThat(BASE.currentDigest()).isEqualTo(BASE.digest());
    assertThat(StoredCheckpoints.attempt(store, RUN)).isEqualTo(ATTEMPT);
    StoredCheckpoints.clear(store, RUN);
    assertThat(keys()).isEmpty();
    assertThat(StoredCheckpoints.attempt(store, RUN)).isZero();
  }

  @Test
  void aCheckpointOfAnotherDataSetOrProgramIsNotUsed() {
    checkpoints("one").save("stage", out -> out.doubles("x", 1));
    assertThat(checkpoints("other").resume("stage")).isEmpty();
    assertThat(checkpoints("one").resume("another stage")).isEmpty();
    try (StateReader in = checkpoints("one").resume("stage").orElseThrow()) {
      assertThat(in.number("x")).isEqualTo(1);
      in.finish();
    }
  }

  @Test
  void aDamagedOneIsNotUsedWhereverTheDamageIs() {
    checkpoints("one")
        .save(
            "stage",
            out -> {
              out.text("t", "größe");
              out.floats("f", new float[] {1, 2});
              out.ints("i", new int[] {3});
            });
    String key = keys().getFirst();
    byte[] whole = store.get(key, 1 << 20).orElseThrow();
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 1;
      store.put(key, damaged, Map.of());
      assertThat(checkpoints("one").resume("stage")).as("byte %d", at).isEmpty();
      store.put(key, java.util.Arrays.copyOf(whole, at), Map.of());
      assertThat(checkpoints("one").resume("stage")).as("cut at %d", at).isEmpty();
    }
  }

  @Test
  void aStateThatCannotBeWrittenLeavesTheOneBefore() {
    StoredCheckpoints checkpoints = checkpoints("one");
    checkpoints.save("stage", out -> out.doubles("x", 1));
    checkpoints.save(
        "stage",
        out -> {
          out.doubles("x", 2);
          throw new IllegalStateException("no");
        });
    assertThat(keys()).hasSize(1);
    try (StateReader in = checkpoints.resume("stage").orElseThrow()) {
      assertThat(in.number("x")).isEqualTo(1);
    }
  }

  @Test
  void anErrorInTheMiddleOfAStateLeavesTheOneBefore() {
    StoredCheckpoints checkpoints = checkpoints("one");
    checkpoints.save("stage", out -> out.doubles("x", 1));
    checkpoints.save(
        "stage",
        out -> {
          out.doubles("x", 2);
          throw new OutOfMemoryError("no room for the copy");
        });
    assertThat(keys()).hasSize(1);
    try (StateReader in = checkpoints.resume("stage").orElseThrow()) {
      assertThat(in.number("x")).isEqualTo(1);
      in.finish();
    }
  }

  @Test
  void sectionsAreReadAsTheyWereWrittenAndNotOtherwise() {
    float[] floats = new float[40_000];
    int[] ints = new int[40_000];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = i / 3f;
      ints[i] = -i;
    }
    checkpoints("one")
        .save(
            "stage",
            out -> {
              out.text("name", "größe");
              out.floats("floats", floats);
              out.ints("ints", ints);
              out.doubles("doubles", 0.1, Double.NaN);
            });
    float[] readFloats = new float[floats.length];
    int[] readInts = new int[ints.length];
    try (StateReader in = checkpoints("one").resume("stage").orElseThrow()) {
      assertThat(in.text("name")).isEqualTo("größe");
      in.floats("floats", readFloats);
      in.ints("ints", readInts);
      assertThat(in.doubles("doubles", 2)).containsExactly(0.1, Double.NaN);
      in.finish();
    }
    assertThat(readFloats).isEqualTo(floats);
    assertThat(readInts).isEqualTo(ints);
    try (StateReader in = checkpoints("one").resume("stage").orElseThrow()) {
      assertThatThrownBy(() -> in.floats("name", new float[1]))
          .hasMessageContaining("expected name of kind f, got name of kind t");
    }
  }

  /** The format's bytes, wherever the values lie. */
  @Test
  void floatsInNativeMemoryAreWrittenAsThoseOfAnArrayAre() {
    float[] values = new float[20_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i / 3f;
    }
    ByteBuffer expected =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    expected.asFloatBuffer().put(values);
    try (Arena memory = Arena.ofShared()) {
      FloatArray array = FloatArray.of(memory, values);
      checkpoints("same").save("stage", out -> out.floats("floats", values));
      byte[] ofArray = store.get(keys().getFirst(), 1 << 20).orElseThrow();
      checkpoints("same").save("stage", out -> array.save(out, "floats"));
      byte[] ofMemory = store.get(keys().getFirst(), 1 << 20).orElseThrow();
      assertThat(ofMemory).isEqualTo(ofArray).containsSequence(expected.array());
      array.fill(0, values.length, 0);
      try (StateReader in = checkpoints("same").resume("stage").orElseThrow()) {
        array.load(in, "floats");
        in.finish();
      }
      assertThat(array.toArray()).isEqualTo(values);
    }
  }

  private StoredCheckpoints checkpoints(String fingerprint) {
    return new StoredCheckpoints(
        store, RUN, ATTEMPT, fingerprint, Duration.ZERO, StoredCheckpoints.Holder.UNDISTURBED);
  }

  private List<String> keys() {
    try (Stream<String> keys = store.list(ObjectKeys.checkpoints(RUN))) {
      return keys.toList();
    }
  }

  private static LearningTask task(Map<String, Object> more) {
    Map<String, Object> settings =
        new HashMap<>(
            Map.of("stage3Steps", 60, "fullSteps", 60, "headSteps", 60, "patience", 1000));
    settings.putAll(more);
    return TinyTask.of(BASE, 5, settings, List.of(0.02, 0.05));
  }

  private static LearningMethod method(String name) {
    return LearningMethods.of(name, LearningMethods.all(2));
  }
}
