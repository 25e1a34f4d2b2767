package dev.diffstream.base.diff;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Applies one sparse change at a time to a base, theta = fl32(theta0 + v), and restores the base.
 *
 * <p>Restoring overwrites with the saved bits. It never subtracts: in floating point (w + v) - v is
 * often not w. A malformed change is refused before anything is written.
 *
 * <p>Not safe for use by several threads, nor while the base computes: the owner of the overlay
 * decides who may read the base.
 */
public final class Overlay {
  private static final ValueLayout.OfInt BITS = ValueLayout.JAVA_INT;

  private record Saved(MemorySegment values, int[] positions, int[] bits) {}

  private final Map<String, MemorySegment> parameters = new HashMap<>();
  private final List<Saved> saved = new ArrayList<>();
  private boolean applied;

  public Overlay(Base base) {
    for (Parameter parameter : base.parameters()) {
      parameters.put(parameter.name(), MemorySegment.ofBuffer(parameter.values()));
    }
  }

  /** Whether a change is applied now. */
  public boolean isApplied() {
    return applied;
  }

  /**
   * Applies a change to the base.
   *
   * @throws IllegalStateException if another change is applied
   * @throws DiffstreamException BASE_MISMATCH if it names a parameter or position that the base
   *     does not have; MALFORMED_DIFF if positions do not ascend or a parameter comes twice
   */
  public void apply(SparseDelta delta) {
    if (applied) {
      throw new IllegalStateException("a change is applied to the base already; restore it first");
    }
    check(delta);
    put(delta);
  }

  /**
   * Overwrites every changed value with the base's own bits; does nothing if no change is applied.
   */
  public void restore() {
    for (Saved change : saved) {
      MemorySegment values = change.values();
      for (int i = 0; i < change.positions().length; i++) {
        values.setAtIndex(BITS, change.positions()[i], change.bits()[i]);
      }
    }
    saved.clear();
    applied = false;
  }

  /**
   * Restores the base and applies another change. If that one is refused, the present one stays
   * applied.
   *
   * @throws DiffstreamException as {@link #apply}
   */
  public void switchTo(SparseDelta delta) {
    check(delta);
    restore();
    put(delta);
  }

  private void put(SparseDelta delta) {
    applied = true;
    for (SparseDelta.Entry entry : delta.entries()) {
      MemorySegment values = segment(entry);
      int[] positions = entry.positions();
      int[] bits = new int[positions.length];
      for (int i = 0; i < positions.length; i++) {
        bits[i] = values.getAtIndex(BITS, positions[i]);
      }
      saved.add(new Saved(values, positions, bits));
      for (int i = 0; i < positions.length; i++) {
        float sum = Float.intBitsToFloat(bits[i]) + entry.values()[i];
        values.setAtIndex(BITS, positions[i], Float.floatToRawIntBits(sum));
      }
    }
  }

  /** Fails as {@link #apply} would if the change does not fit the base; changes nothing. */
  public void check(SparseDelta delta) {
    Set<String> seen = new HashSet<>();
    for (SparseDelta.Entry entry : delta.entries()) {
      if (!seen.add(entry.parameter())) {
        throw new DiffstreamException(
            ErrorCode.MALFORMED_DIFF, "the diff changes %s twice".formatted(entry.parameter()));
      }
      checkPositions(entry, segment(entry).byteSize() / Float.BYTES);
    }
  }

  private static void checkPositions(SparseDelta.Entry entry, long size) {
    int previous = -1;
    for (int position : entry.positions()) {
      if (position <= previous) {
        throw new DiffstreamException(
            ErrorCode.MALFORMED_DIFF,
            "the diff changes %s at %d after %d, expected ascending positions from 0"
                .formatted(entry.parameter(), position, previous));
      }
      if (position >= size) {
        throw new DiffstreamException(
            ErrorCode.BASE_MISMATCH,
            "the diff changes %s at %d, but it has %d values"
                .formatted(entry.parameter(), position, size));
      }
      previous = position;
    }
  }

  private MemorySegment segment(SparseDelta.Entry entry) {
    MemorySegment segment = parameters.get(entry.parameter());
    if (segment == null) {
      throw new DiffstreamException(
          ErrorCode.BASE_MISMATCH,
          "the diff changes %s, which the base does not have".formatted(entry.parameter()));
    }
    return segment;
  }
}
