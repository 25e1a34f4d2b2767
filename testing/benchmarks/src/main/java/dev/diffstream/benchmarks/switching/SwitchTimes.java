package dev.diffstream.benchmarks.switching;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.benchmarks.mixed.RandomDelta;
import dev.diffstream.benchmarks.statistics.Median;
import java.lang.foreign.Arena;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * One diff put in place of another, against a plain loop over as many random floats and against
 * fusing an adapter. All on one thread; in every round each takes one turn, in shuffled order,
 * after as much memory was read as a pass over the base reads. Results are checked before and
 * after.
 */
public final class SwitchTimes {
  private static final int WARM_UP = 30;

  /** The scaling and the layers of an adapter do not change its time; its rank hardly does. */
  private static final int RANK = 8;

  private final Base base;
  private final Overlay overlay;
  private final List<SparseDelta> deltas;
  private final PlainLoop plain;
  private final PlainLoop ascending;
  private final LoraFuse lora;
  private final Random random;
  private int present;
  private float sink;

  /** What takes turns. */
  private enum Turn {
    SWITCH,
    PLAIN,
    ASCENDING,
    LORA_FUSE
  }

  /**
   * Medians over the rounds; ratios are medians of ratios within a round.
   *
   * @param nonzeros of each of the two diffs
   * @param switchMillis the one is taken off and the other put on
   * @param plainMillis as many floats read and written, at random places of as much memory in
   *     random order
   * @param ascendingMillis the same in ascending order
   * @param loraRank of an adapter of all linear layers
   * @param loraValues that one fuse changes
   */
  public record Report(
      long nonzeros,
      double switchMillis,
      double plainMillis,
      double ascendingMillis,
      double loraFuseMillis,
      int loraRank,
      long loraValues,
      double switchOverPhysical,
      double switchOverAscending,
      double loraFuseOverSwitch) {}

  private SwitchTimes(Base base, Arena arena, LoraFuse lora, Random random) {
    this.base = base;
    this.lora = lora;
    this.random = random;
    this.overlay = new Overlay(base);
    this.deltas = List.of(RandomDelta.of(base, random), RandomDelta.of(base, random));
    int size = base.parameters().stream().mapToInt(Parameter::size).sum();
    int count = Math.toIntExact(deltas.getFirst().size());
    this.plain = new PlainLoop(arena, size, count, false, random);
    this.ascending = new PlainLoop(arena, size, count, true, random);
  }

  /**
   * @throws IllegalStateException if a value is wrong after a switch or a fuse
   */
  public static Report measure(Base base, int rounds) {
    Random random = new Random(11);
    try (Arena arena = Arena.ofConfined();
        LoraFuse lora = new LoraFuse(base, RANK, random)) {
      SwitchTimes times = new SwitchTimes(base, arena, lora, random);
      times.check();
      times.rounds(WARM_UP);
      Map<Turn, double[]> millis = times.rounds(rounds);
      times.check();
      times.plain.check();
      times.ascending.check();
      return times.report(millis);
    }
  }

  private Report report(Map<Turn, double[]> millis) {
    double[] switched = Objects.requireNonNull(millis.get(Turn.SWITCH));
    double[] plainly = Objects.requireNonNull(millis.get(Turn.PLAIN));
    double[] ascendingly = Objects.requireNonNull(millis.get(Turn.ASCENDING));
    double[] fused = Objects.requireNonNull(millis.get(Turn.LORA_FUSE));
    return new Report(
        deltas.getFirst().size(),
        Median.of(switched),
        Median.of(plainly),
        Median.of(ascendingly),
        Median.of(fused),
        RANK,
        lora.changed(),
        Median.ofRatios(switched, plainly),
        Median.ofRatios(switched, ascendingly),
        Median.ofRatios(fused, switched));
  }

  private Map<Turn, double[]> rounds(int rounds) {
    Map<Turn, double[]> millis = new EnumMap<>(Turn.class);
    overlay.apply(deltas.get(present));
    List<Turn> turns = new ArrayList<>(List.of(Turn.values()));
    for (int round = 0; round < rounds; round++) {
      Collections.shuffle(turns, random);
      for (Turn turn : turns) {
        readTheBase();
        long start = System.nanoTime();
        take(turn);
        millis.computeIfAbsent(turn, t -> new double[rounds])[round] =
            (System.nanoTime() - start) / 1e6;
      }
      overlay.restore();
      lora.undo();
      overlay.apply(deltas.get(present));
    }
    overlay.restore();
    return millis;
  }

  private void take(Turn turn) {
    switch (turn) {
      case SWITCH -> {
        present = 1 - present;
        overlay.switchTo(deltas.get(present));
      }
      case PLAIN -> plain.run();
      case ASCENDING -> ascending.run();
      case LORA_FUSE -> lora.fuse();
    }
  }

  /** As a forward pass does between two switches. */
  private void readTheBase() {
    for (Parameter parameter : base.parameters()) {
      FloatBuffer values = parameter.values();
      for (int i = 0; i < values.capacity(); i += 16) {
        sink += values.get(i);
      }
    }
  }

  /** A switch puts every value of the second diff on the base's own bits, and they come back. */
  private void check() {
    Map<String, int[]> bits = bits();
    for (SparseDelta delta : deltas) {
      overlay.switchTo(delta);
      requireEqual(sums(bits, delta));
    }
    overlay.restore();
    requireEqual(bits);
    base.verifyIntegrity();
    lora.fuse();
    lora.check();
    lora.undo();
    base.verifyIntegrity();
  }

  private Map<String, int[]> bits() {
    Map<String, int[]> bits = new HashMap<>();
    for (Parameter parameter : base.parameters()) {
      IntBuffer buffer = parameter.bytes().asIntBuffer();
      int[] copy = new int[buffer.capacity()];
      buffer.get(copy);
      bits.put(parameter.name(), copy);
    }
    return bits;
  }

  private static Map<String, int[]> sums(Map<String, int[]> bits, SparseDelta delta) {
    Map<String, int[]> sums = new HashMap<>(bits);
    for (SparseDelta.Entry entry : delta.entries()) {
      int[] changed = Objects.requireNonNull(bits.get(entry.parameter())).clone();
      for (int i = 0; i < entry.positions().length; i++) {
        float before = Float.intBitsToFloat(changed[entry.positions()[i]]);
        changed[entry.positions()[i]] = Float.floatToRawIntBits(before + entry.values()[i]);
      }
      sums.put(entry.parameter(), changed);
    }
    return sums;
  }

  private void requireEqual(Map<String, int[]> expected) {
    bits()
        .forEach(
            (name, actual) -> {
              if (!Arrays.equals(actual, expected.get(name))) {
                throw new IllegalStateException(name + " is not as the switch should leave it");
              }
            });
  }
}
