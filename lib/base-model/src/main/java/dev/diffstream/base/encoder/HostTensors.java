package dev.diffstream.base.encoder;

import ai.djl.pytorch.engine.PtNDArray;
import java.lang.foreign.Arena;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/** Gradients in host memory, each over the engine's own. */
record HostTensors(List<FloatBuffer> inHostMemory) implements GradientTensors {
  /** A NaN propagates down to the first layer, so checking parameters up to this size is enough. */
  private static final int SMALL = 1 << 14;

  HostTensors {
    inHostMemory = List.copyOf(inHostMemory);
  }

  /** Readable until the arena closes. */
  HostTensors(PtNDArray[] tensors, Arena arena) {
    this(Arrays.stream(tensors).map(tensor -> Gradients.view(tensor, arena)).toList());
  }

  @Override
  public void scale(float factor) {
    inHostMemory.forEach(values -> scale(values, factor));
  }

  @Override
  public void add(GradientTensors more, float factor) {
    List<FloatBuffer> others = ((HostTensors) more).inHostMemory;
    for (int i = 0; i < others.size(); i++) {
      add(inHostMemory.get(i), others.get(i), factor);
    }
  }

  @Override
  public boolean finite() {
    return inHostMemory.stream().allMatch(values -> values.capacity() > SMALL || finite(values));
  }

  static void scale(FloatBuffer values, float factor) {
    for (int i = 0; i < values.limit(); i++) {
      values.put(i, factor * values.get(i));
    }
  }

  static void add(FloatBuffer sum, FloatBuffer more, float factor) {
    for (int i = 0; i < sum.limit(); i++) {
      sum.put(i, sum.get(i) + factor * more.get(i));
    }
  }

  static boolean finite(FloatBuffer values) {
    for (int i = 0; i < values.limit(); i++) {
      if (!Float.isFinite(values.get(i))) {
        return false;
      }
    }
    return true;
  }
}
