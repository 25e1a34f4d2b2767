package dev.diffstream.benchmarks.mixed;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.diff.SparseDelta;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** A change of random values at random positions: what a learned diff of its density costs. */
public final class RandomDelta {
  /** Of the parameters of the base, as the product learns by default. */
  private static final double DENSITY = 0.005;

  private static final float DEVIATION = 0.03f;

  private RandomDelta() {}

  /** Changes the same share of every parameter. */
  public static SparseDelta of(Base base, Random random) {
    return of(base.parameters(), DENSITY, random);
  }

  /** As many changes as {@link #of}, all of them in the upper half of the layers. */
  public static SparseDelta ofUpperHalf(Base base, Random random) {
    List<EncoderPlan.Layer> layers = EncoderPlan.of(base.architecture()).layers();
    Set<String> names = new HashSet<>();
    layers
        .subList(layers.size() / 2, layers.size())
        .forEach(layer -> names.addAll(layer.parameters()));
    List<Parameter> upper =
        base.parameters().stream().filter(each -> names.contains(each.name())).toList();
    return of(upper, DENSITY * size(base.parameters()) / size(upper), random);
  }

  private static double size(List<Parameter> parameters) {
    return parameters.stream().mapToLong(Parameter::size).sum();
  }

  private static SparseDelta of(List<Parameter> parameters, double density, Random random) {
    List<SparseDelta.Entry> entries = new ArrayList<>();
    for (Parameter parameter : parameters) {
      int count = (int) Math.round(density * parameter.size());
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
