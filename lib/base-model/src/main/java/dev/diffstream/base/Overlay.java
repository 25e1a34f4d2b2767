package dev.diffstream.base;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lays one diff over a base and takes it off again, bit for bit (I7): {@code theta = fl32(theta0 +
 * v)}; taking off writes the saved values back, it never subtracts. Used by the one thread that
 * owns the base.
 */
public final class Overlay {
  private record Saved(FloatBuffer values, int[] positions, int[] bits) {}

  private final Map<String, Parameter> parameters = new HashMap<>();
  private final List<Saved> saved = new ArrayList<>();

  public Overlay(Base base) {
    base.parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
  }

  /**
   * Fails with MALFORMED_DIFF unless every position exists, ascends and stands once. Nothing is
   * touched.
   */
  public void check(List<SparseDelta> deltas) {
    Map<String, Boolean> seen = new HashMap<>();
    for (SparseDelta delta : deltas) {
      Parameter parameter = parameters.get(delta.parameter());
      if (parameter == null) {
        throw malformed("the base has no parameter " + delta.parameter());
      }
      if (seen.put(delta.parameter(), true) != null
          || delta.positions().length != delta.values().length) {
        throw malformed(
            delta.parameter() + " stands twice, or its positions and values differ in number");
      }
      int last = -1;
      for (int position : delta.positions()) {
        if (position <= last || position >= parameter.size()) {
          throw malformed(
              delta.parameter()
                  + ": position "
                  + position
                  + " after "
                  + last
                  + ", of "
                  + parameter.size()
                  + " values");
        }
        last = position;
      }
    }
  }

  /** Takes off what is laid on, checks {@code deltas} as {@link #check} does, and lays them on. */
  public void lay(List<SparseDelta> deltas) {
    check(deltas);
    takeOff();
    for (SparseDelta delta : deltas) {
      FloatBuffer values =
          java.util.Objects.requireNonNull(parameters.get(delta.parameter())).values();
      int[] positions = delta.positions();
      float[] added = delta.values();
      int[] bits = new int[positions.length];
      saved.add(new Saved(values, positions, bits));
      for (int i = 0; i < positions.length; i++) {
        float before = values.get(positions[i]);
        bits[i] = Float.floatToRawIntBits(before);
        values.put(positions[i], before + added[i]);
      }
    }
  }

  /** Leaves the base as it was before {@link #lay}; does nothing when nothing is laid on. */
  public void takeOff() {
    for (Saved part : saved) {
      for (int i = 0; i < part.positions().length; i++) {
        part.values().put(part.positions()[i], Float.intBitsToFloat(part.bits()[i]));
      }
    }
    saved.clear();
  }

  private static DiffstreamException malformed(String message) {
    return new DiffstreamException(ErrorCode.MALFORMED_DIFF, message);
  }
}
