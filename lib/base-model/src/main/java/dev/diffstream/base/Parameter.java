package dev.diffstream.base;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * A named tensor of the base.
 *
 * @param name the canonical Hugging Face name
 * @param values row-major; this <em>is</em> the engine's memory: what is written here is seen by
 *     the next forward pass
 */
public record Parameter(String name, List<Integer> shape, int size, FloatBuffer values) {
  public Parameter {
    shape = List.copyOf(shape);
  }
}
