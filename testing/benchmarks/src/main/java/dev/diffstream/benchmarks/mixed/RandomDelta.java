package dev.diffstream.benchmarks.mixed;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.diff.SparseDelta;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A change of random values at random positions: what a learned diff of its density costs. */
public final class RandomDelta {
  /** Of the parameters of the base, as the product learns by default. */
  private static final double DENSITY = 0.005;

  private static final float DEVIATION = 0.03f;

  private RandomDelta() {}

  /** Changes the same share of every parameter. */
  public static SparseDelta of(Base base, Random random) {
    List<SparseDelta.Entry> entries = new ArrayList<>();
    for (Parameter parameter : base.parameters()) {
      int count = (int) Math.round(DENSITY * parameter.size());
      int[] positions = random.ints(0, parameter.size()).distinct().limit(count).sorted().toArray();
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = (float) random.nextGaussian() * DEVIATION;
      }
      entries.add(new SparseDelta.Entry(parameter.name(), positions, values));
    }
    return new SparseDelta(entries);
  }
}
