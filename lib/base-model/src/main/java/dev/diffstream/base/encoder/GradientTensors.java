package dev.diffstream.base.encoder;

import java.nio.FloatBuffer;
import java.util.List;

/** The gradients of all parameters, in host memory or on a device. */
sealed interface GradientTensors permits HostTensors, FlatTensors {
  /** By parameter, in host memory; a copy if they lie elsewhere. */
  List<FloatBuffer> inHostMemory();

  void scale(float factor);

  /** Adds others of the same kind. */
  void add(GradientTensors more, float factor);

  /** Whether all of them are finite, as far as those of small parameters tell. */
  boolean finite();
}
