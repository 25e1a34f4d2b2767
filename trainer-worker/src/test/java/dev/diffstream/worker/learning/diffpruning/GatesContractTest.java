package dev.diffstream.worker.learning.diffpruning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Replica;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StoredCheckpoints;
import dev.diffstream.worker.learning.parameters.FloatArray;
import dev.diffstream.worker.learning.parameters.Slab;
import dev.diffstream.worker.learning.parameters.Theta;
import java.lang.foreign.Arena;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Both implementations of {@link Gates} take the same steps: the same start, gradients and noise
 * give the same state.
 *
 * <p>Tolerance of one step: 1e-6 of the value or of the root mean square of its kind, whichever is
 * larger; about eight units in the last place of fp32. Single values go through the same operations
 * with the same roundings, and only sums are added up in another order. The root mean square is for
 * values that are differences of larger ones. Steps in a row: 1e-5, since the sums' last bits reach
 * all values through the next step's norm clips; and a gate that stands at a knee of z to within
 * them may fall to either side, so a few values are let off.
 */
class GatesContractTest {
  private static final double ONE_STEP = 1e-6;
  private static final double MANY_STEPS = 1e-5;

  /** How much further group gates may be apart, whose gradients are sums over a parameter. */
  private static final double SUMS = 5;

  private static final int AT_A_KNEE = 4;
  private static final float LAMBDA = 1e-3f;
  private static final double RATE_W = 0.01;
  private static final int STEPS = 12;
  private static final String WORDS = "embeddings.word_embeddings.weight";

  private final Base base = TinyWorld.base();
  private final Arena memory = Arena.ofShared();
  private final long seed = new Random().nextInt(1 << 30);
  private final List<Slab> slabs = Slab.of(base.parameters(), Map.of(WORDS, new int[] {2, 3, 22}));

  private final int[] values =
      slabs.stream()
          .flatMapToInt(s -> IntStream.range(s.state(), s.state() + s.length()))
          .toArray();

  GatesContractTest() {
    System.out.println("GatesContractTest seed " + seed);
  }

  @AfterEach
  void close() {
    base.close();
    memory.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void takeTheSameStepFromTheSameState(boolean structured) {
    try (Replica replica = base.replica(ComputeDevice.cpu(), Compute.FP32);
        Gates host = new GatedState(base, slabs, 2, seed, structured, memory);
        Gates tensors = new TensorGates(replica, slabs, seed, structured, memory)) {
      for (int step = 1; step <= STEPS; step++) {
        assertThat(advance(tensors, step)).isEqualTo(advance(host, step));
        assertSame("theta", step, theta(replica), theta(), ONE_STEP, 0);
        assertSameState(step, tensors, host, ONE_STEP, 0);
        assertThat(tensors.alphaAbove(1000)).isEqualTo(host.alphaAbove(1000));
        copy(host, tensors);
      }
    }
  }

  /**
   * Rates at which one step moves alpha by more than a short polynomial of e^-x can follow. The
   * rounding of x, which is up to 3.2 times the rate, is the relative error of e^-x.
   */
  @ParameterizedTest
  @ValueSource(doubles = {1, 10})
  void takeTheSameStepAtHighRates(double gateRate) {
    try (Replica replica = base.replica(ComputeDevice.cpu(), Compute.FP32);
        Gates host = new GatedState(base, slabs, 2, seed, true, memory);
        Gates tensors = new TensorGates(replica, slabs, seed, true, memory)) {
      for (int step = 1; step <= STEPS; step++) {
        assertThat(advance(tensors, step, gateRate)).isEqualTo(advance(host, step, gateRate));
        assertSameState(step, tensors, host, ONE_STEP * (1 + gateRate), 0);
        copy(host, tensors);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void stayTogetherOverManyStepsAndRestoreEveryBit(boolean structured) {
    float[] before = theta();
    try (Replica replica = base.replica(ComputeDevice.cpu(), Compute.FP32);
        Gates host = new GatedState(base, slabs, 2, seed, structured, memory);
        Gates tensors = new TensorGates(replica, slabs, seed, structured, memory)) {
      for (int step = 1; step <= STEPS; step++) {
        assertThat(advance(tensors, step)).isCloseTo(advance(host, step), within(AT_A_KNEE));
      }
      assertSame("theta", STEPS, theta(replica), theta(), MANY_STEPS, AT_A_KNEE);
      assertSameState(STEPS, tensors, host, MANY_STEPS, AT_A_KNEE);
      Gates.Outcome expected = host.finish();
      Gates.Outcome actual = tensors.finish();
      assertSame(
          "changes",
          STEPS,
          actual.changes().toArray(),
          expected.changes().toArray(),
          MANY_STEPS,
          AT_A_KNEE);
      assertSame(
          "promise",
          STEPS,
          actual.fallbackScore().toArray(),
          expected.fallbackScore().toArray(),
          MANY_STEPS,
          AT_A_KNEE);
      tensors.restore();
      host.restore();
      assertThat(theta(replica)).isEqualTo(before);
      assertThat(theta()).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatOneSavedTheOtherGoesOnFrom(boolean fromHost) {
    try (Replica replica = base.replica(ComputeDevice.cpu(), Compute.FP32);
        Gates host = new GatedState(base, slabs, 2, seed, true, memory);
        Gates tensors = new TensorGates(replica, slabs, seed, true, memory)) {
      Gates first = fromHost ? host : tensors;
      Gates second = fromHost ? tensors : host;
      for (int step = 1; step <= 6; step++) {
        advance(first, step);
      }
      copy(first, second);
      assertSame("theta", 6, theta(replica), theta(), ONE_STEP, 0);
      advance(first, 7);
      advance(second, 7);
      assertSame("theta", 7, theta(replica), theta(), ONE_STEP, 0);
      host.restore();
    }
  }

  /** With a shift that brings the gates to where they are neither open nor shut. */
  private long advance(Gates gates, int step) {
    return advance(gates, step, 0.1);
  }

  private long advance(Gates gates, int step, double gateRate) {
    double shift = step == 4 ? -4.5 : 0;
    return gates.advance(Gradients.of(gradients(step)), LAMBDA, RATE_W, gateRate, shift);
  }

  /** Large and small in turn, so that the norm clips act and are seen to. */
  private List<FloatBuffer> gradients(int step) {
    Random random = new Random(seed + step);
    double scale = step % 3 == 2 ? 30 : step % 3 == 1 ? 0.1 : 1e-3;
    List<FloatBuffer> gradients = new ArrayList<>();
    for (Parameter parameter : base.parameters()) {
      FloatBuffer g = FloatBuffer.allocate(parameter.size());
      for (int i = 0; i < g.capacity(); i++) {
        g.put(i, (float) (random.nextGaussian() * scale));
      }
      gradients.add(g);
    }
    return gradients;
  }

  private float[] theta() {
    return values(Theta.of(base));
  }

  private float[] theta(Replica replica) {
    return values(Theta.of(base, replica));
  }

  private float[] values(Theta theta) {
    FloatArray values = FloatArray.zeros(memory, Slab.total(slabs));
    theta.copy(slabs, values);
    return values.toArray();
  }

  /** What is saved. */
  @SuppressWarnings("ArrayRecordComponent") // read only
  private record State(double[] numbers, List<String> names, List<float[]> values) {}

  private State state(Gates gates) {
    StoredCheckpoints checkpoints = checkpoints();
    checkpoints.save("gates", gates::save);
    List<String> names = List.of("w", "e", "w.mean", "w.square", "e.mean", "e.square");
    List<Double> numbers = new ArrayList<>();
    List<float[]> values = new ArrayList<>();
    try (StateReader in = checkpoints.resume("gates").orElseThrow()) {
      for (double number : in.doubles("gated", 3)) {
        numbers.add(number);
      }
      for (int p = 0; p < base.parameters().size(); p++) {
        for (double number : in.doubles("group", 5)) {
          numbers.add(number);
        }
      }
      for (String name : names) {
        float[] read = new float[Slab.total(slabs)];
        in.floats(name, read);
        values.add(read);
      }
    }
    return new State(numbers.stream().mapToDouble(x -> x).toArray(), names, values);
  }

  private static StoredCheckpoints checkpoints() {
    return new StoredCheckpoints(
        new MemoryObjectStore(),
        "run-1",
        1,
        "same",
        Duration.ZERO,
        StoredCheckpoints.Holder.UNDISTURBED);
  }

  private static void copy(Gates from, Gates to) {
    StoredCheckpoints checkpoints = checkpoints();
    checkpoints.save("gates", from::save);
    try (StateReader in = checkpoints.resume("gates").orElseThrow()) {
      to.load(in);
    }
  }

  private void assertSameState(
      int step, Gates actualGates, Gates expectedGates, double tolerance, int exceptions) {
    State actual = state(actualGates);
    State expected = state(expectedGates);
    for (int i = 0; i < expected.names().size(); i++) {
      String name = expected.names().get(i);
      assertSame(
          name, step, actual.values().get(i), expected.values().get(i), tolerance, exceptions);
    }
    assertThat(actual.numbers()).hasSameSizeAs(expected.numbers());
    for (int i = 0; i < expected.numbers().length; i++) {
      double wanted = expected.numbers()[i];
      // Of order one, but for means of sums in which single values cancel. Both forms add in
      // another
      // order, and where a sum nearly vanishes Adam makes its rounding larger.
      double scale = Math.max(Math.abs(wanted), 1) * SUMS;
      assertThat(Math.abs(actual.numbers()[i] - wanted))
          .as("seed %d step %d number %d, expected %s", seed, step, i, wanted)
          .isLessThanOrEqualTo(tolerance * scale);
    }
  }

  private void assertSame(
      String what, int step, float[] actual, float[] expected, double tolerance, int exceptions) {
    double squares = 0;
    for (int i : values) {
      squares += (double) expected[i] * expected[i];
    }
    double usual = Math.sqrt(squares / values.length);
    int apart = 0;
    for (int i : values) {
      double scale = Math.max(Math.abs(expected[i]), usual);
      if (!(Math.abs(actual[i] - expected[i]) <= tolerance * scale) && ++apart > exceptions) {
        throw new AssertionError(
            "seed %d step %d %s[%d]: %s, expected %s"
                .formatted(seed, step, what, i, actual[i], expected[i]));
      }
    }
  }

  private static org.assertj.core.data.Offset<Long> within(long most) {
    return org.assertj.core.api.Assertions.within(most);
  }
}
