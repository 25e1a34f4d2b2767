package dev.diffstream.worker.learning.parameters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.worker.TinyWorld;
import java.lang.foreign.Arena;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MaskedStateTest {
  private final Base base = TinyWorld.base();
  private final Arena memory = Arena.ofShared();
  private final long seed = new Random().nextInt(1 << 30);
  private final Random random = new Random(seed);
  private final List<Slab> slabs =
      Slab.of(
          base.parameters(), Map.of("embeddings.word_embeddings.weight", new int[] {1, 4, 5, 30}));
  private final int[] chosen =
      random
          .ints(0, Slab.total(slabs))
          .filter(i -> slabs.stream().anyMatch(s -> i >= s.state() && i < s.state() + s.length()))
          .distinct()
          .limit(60)
          .sorted()
          .toArray();
  private final float[] changes = new float[Slab.total(slabs)];

  MaskedStateTest() {
    System.out.println("MaskedStateTest seed " + seed);
    for (int i = 0; i < changes.length; i++) {
      changes[i] = (float) random.nextGaussian() * 0.1f;
    }
  }

  @AfterEach
  void close() {
    base.close();
    memory.close();
  }

  private float[] start() {
    float[] start = new float[chosen.length];
    for (int i = 0; i < start.length; i++) {
      start[i] = changes[chosen[i]];
    }
    return start;
  }

  @Test
  void changesTheChosenPlacesAloneAndRestoresThemBitForBit() {
    List<float[]> before = copies();
    MaskedState mask = new MaskedState(Theta.of(base), slabs, chosen, start(), memory);
    List<float[]> expected = copies(before);
    for (int index : chosen) {
      Slab slab = slabOf(index);
      expected.get(slab.parameter())[slab.offset() + index - slab.state()] += changes[index];
    }
    assertSame(copies(), expected);
    mask.advance(Gradients.of(gradients(1)), 0.01);
    mask.restore();
    assertSame(copies(), before);
    assertThat(base.currentDigest()).isEqualTo(base.digest());
  }

  @Test
  void advancesByTextbookAdamWithItsNormCutAtOne() {
    MaskedState mask = new MaskedState(Theta.of(base), slabs, chosen, start(), memory);
    int k = chosen.length;
    double[] values = IntStream.of(chosen).mapToDouble(i -> changes[i]).toArray();
    double[] mean = new double[k];
    double[] square = new double[k];
    for (int step = 1; step <= 5; step++) {
      // A cut that acts on every step alike would not be seen: Adam divides it out.
      List<FloatBuffer> gradients = gradients(step % 2 == 0 ? 0.01 : 1);
      double[] g = IntStream.of(chosen).mapToDouble(i -> gradientAt(gradients, i)).toArray();
      double squares = 0;
      for (double x : g) {
        squares += x * x;
      }
      double clip = Math.min(1, 1 / (Math.sqrt(squares) + 1e-6));
      for (int i = 0; i < k; i++) {
        mean[i] = 0.9 * mean[i] + 0.1 * clip * g[i];
        square[i] = 0.999 * square[i] + 0.001 * clip * clip * g[i] * g[i];
        values[i] -=
            0.01
                * mean[i]
                / (1 - Math.pow(0.9, step))
                / (Math.sqrt(square[i] / (1 - Math.pow(0.999, step))) + 1e-8);
      }
      mask.advance(Gradients.of(gradients), 0.01);
    }
    float[] reached = mask.snapshot();
    for (int i = 0; i < k; i++) {
      assertThat((double) reached[i]).as("seed %d", seed).isCloseTo(values[i], within(1e-5));
    }
  }

  @Test
  void loadRoundsAsTheFileWillAndTheDeltaSkipsWhatBecameZero() {
    MaskedState mask = new MaskedState(Theta.of(base), slabs, chosen, start(), memory);
    float[] values = mask.snapshot();
    values[0] = 1e-9f;
    values[1] = 0;
    values[2] = 0.1f;
    mask.load(FloatArray.of(memory, values), ValuePrecision.FP16);
    SparseDelta delta = mask.delta();

    assertThat(delta.size()).isEqualTo(chosen.length - 2);
    int next = 2;
    for (SparseDelta.Entry entry : delta.entries()) {
      for (int i = 0; i < entry.positions().length; i++) {
        Slab slab = slabOf(chosen[next]);
        assertThat(entry.parameter()).isEqualTo(base.parameters().get(slab.parameter()).name());
        assertThat(entry.positions()[i]).isEqualTo(slab.offset() + chosen[next] - slab.state());
        assertThat(entry.values()[i])
            .isEqualTo(Float.float16ToFloat(Float.floatToFloat16(values[next])));
        next++;
      }
    }
    assertThat(next).isEqualTo(chosen.length);
    mask.load(FloatArray.of(memory, values), ValuePrecision.FP32);
    assertThat(mask.snapshot()).isEqualTo(values);
  }

  @Test
  void nothingChosenIsAnEmptyDelta() {
    MaskedState mask = new MaskedState(Theta.of(base), slabs, new int[0], changes, memory);
    mask.advance(Gradients.of(gradients(1)), 0.01);
    assertThat(mask.size()).isZero();
    assertThat(mask.delta().entries()).isEmpty();
    assertThat(base.currentDigest()).isEqualTo(base.digest());
  }

  private double gradientAt(List<FloatBuffer> gradients, int index) {
    Slab slab = slabOf(index);
    return gradients.get(slab.parameter()).get(slab.offset() + index - slab.state());
  }

  private Slab slabOf(int index) {
    return slabs.stream()
        .filter(slab -> index >= slab.state() && index < slab.state() + slab.length())
        .findFirst()
        .orElseThrow();
  }

  private List<FloatBuffer> gradients(double scale) {
    List<FloatBuffer> gradients = new ArrayList<>();
    for (Parameter parameter : base.parameters()) {
      FloatBuffer g = FloatBuffer.allocate(parameter.size());
      for (int i = 0; i < parameter.size(); i++) {
        g.put(i, (float) (scale * random.nextGaussian()));
      }
      gradients.add(g);
    }
    return gradients;
  }

  private List<float[]> copies() {
    List<float[]> copies = new ArrayList<>();
    for (Parameter parameter : base.parameters()) {
      float[] values = new float[parameter.size()];
      parameter.values().get(0, values);
      copies.add(values);
    }
    return copies;
  }

  private static List<float[]> copies(List<float[]> of) {
    return of.stream().map(float[]::clone).toList();
  }

  private static void assertSame(List<float[]> actual, List<float[]> expected) {
    for (int p = 0; p < expected.size(); p++) {
      assertThat(actual.get(p)).isEqualTo(expected.get(p));
    }
  }
}
