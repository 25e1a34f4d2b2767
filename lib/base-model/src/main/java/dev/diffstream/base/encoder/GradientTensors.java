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

  /** Whether they are finite; only those of small parameters need to be checked. */
  boolean finite();
}
