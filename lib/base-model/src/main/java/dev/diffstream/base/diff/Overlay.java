package dev.diffstream.base.diff;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Applies one sparse change at a time to a base, theta = fl32(theta0 + v), and restores the base.
 *
 * <p>Restoring overwrites with the saved bits. It never subtracts: in floating point (w + v) - v is
 * often not w. A malformed change is refused before anything is written.
 *
 * <p>The changed values lie far apart, so that nearly each is a cache miss, and each page of memory
 * is looked up anew. A switch therefore takes both changes of a parameter from its beginning to its
 * end together, a block of the old one and then what the new one changes up to there; and a block
 * is read as a whole before it is written, since a processor waits for many reads at once.
 *
 * <p>Not safe for use by several threads, nor while the base computes: the owner of the overlay
 * decides who may read the base.
 */
public final class Overlay {
  private static final ValueLayout.OfInt BITS = ValueLayout.JAVA_INT;

  /** Values of a block; their cache lines fit into the second-level cache. */
  private static final int BLOCK = 4096;

  private static final SparseDelta NOTHING = new SparseDelta(List.of());

  private final Map<String, MemorySegment> parameters = new HashMap<>();
  private final int block;

  /** The change that is applied, or null. */
  private @Nullable SparseDelta applied;

  /** The base's own bits where it is, in the order of its entries. */
  private int[] saved = {};

  /** Takes the bits of the next change. */
  private int[] spare = {};

  /**
   * Of the change that is applied.
   *
   * @param first place of its first bits among those that were saved
   */
  private record AppliedEntry(SparseDelta.Entry entry, int first) {}

  public Overlay(Base base) {
    this(base, BLOCK);
  }

  /**
   * @param block values that are read before they are written
   */
  Overlay(Base base, int block) {
    this.block = block;
    for (Parameter parameter : base.parameters()) {
      parameters.put(parameter.name(), MemorySegment.ofBuffer(parameter.values()));
    }
  }

  /** Whether a change is applied now. */
  public boolean isApplied() {
    return applied != null;
  }

  /**
   * Applies a change to the base.
   *
   * @throws IllegalStateException if another change is applied
   * @throws DiffstreamException BASE_MISMATCH if it names a parameter or position that the base
   *     does not have; MALFORMED_DIFF if positions do not ascend or a parameter comes twice
   */
  public void apply(SparseDelta delta) {
    if (applied != null) {
      throw new IllegalStateException("a change is applied to the base already; restore it first");
    }
    switchTo(delta);
  }

  /**
   * Overwrites every changed value with the base's own bits; does nothing if no change is applied.
   */
  public void restore() {
    exchange(NOTHING);
    applied = null;
  }

  /**
   * Restores the base and applies another change. If that one is refused, the present one stays
   * applied.
   *
   * @throws DiffstreamException as {@link #apply}
   */
  public void switchTo(SparseDelta delta) {
    check(delta);
    exchange(delta);
    applied = delta;
  }

  private void exchange(SparseDelta delta) {
    Map<String, AppliedEntry> before = appliedEntries();
    int size = Math.toIntExact(delta.size());
    int[] bits = spare.length < size ? new int[size] : spare;
    int done = 0;
    for (SparseDelta.Entry entry : delta.entries()) {
      exchange(before.remove(entry.parameter()), entry, bits, done);
      done += entry.positions().length;
    }
    before.values().forEach(this::restore);
    spare = saved;
    saved = bits;
  }

  private Map<String, AppliedEntry> appliedEntries() {
    Map<String, AppliedEntry> entries = new HashMap<>();
    SparseDelta delta = applied;
    if (delta != null) {
      int first = 0;
      for (SparseDelta.Entry entry : delta.entries()) {
        entries.put(entry.parameter(), new AppliedEntry(entry, first));
        first += entry.positions().length;
      }
    }
    return entries;
  }

  private void restore(AppliedEntry before) {
    int[] positions = before.entry().positions();
    writeBack(segment(before.entry()), positions, 0, positions.length, saved, before.first());
  }

  /** Puts one change of a parameter in place of another, or of none. */
  private void exchange(
      @Nullable AppliedEntry before, SparseDelta.Entry entry, int[] bits, int first) {
    MemorySegment values = segment(entry);
    int done = 0;
    if (before != null) {
      int[] old = before.entry().positions();
      for (int from = 0; from < old.length; from += block) {
        int to = Math.min(old.length, from + block);
        writeBack(values, old, from, to, saved, before.first());
        int upTo = behind(entry.positions(), done, old[to - 1]);
        put(values, entry, done, upTo, bits, first);
        done = upTo;
      }
    }
    put(values, entry, done, entry.positions().length, bits, first);
  }

  /** Index behind the last of the positions from {@code from} on that is no larger. */
  private static int behind(int[] positions, int from, int position) {
    int found = Arrays.binarySearch(positions, from, positions.length, position);
    return found >= 0 ? found + 1 : -found - 1;
  }

  private void put(
      MemorySegment values, SparseDelta.Entry entry, int begin, int end, int[] bits, int first) {
    for (int from = begin; from < end; from += block) {
      int to = Math.min(end, from + block);
      save(values, entry.positions(), from, to, bits, first);
      add(values, entry, from, to, bits, first);
    }
  }

  private static void writeBack(
      MemorySegment values, int[] positions, int from, int to, int[] bits, int first) {
    for (int i = from; i < to; i++) {
      values.setAtIndex(BITS, positions[i], bits[first + i]);
    }
  }

  private static void save(
      MemorySegment values, int[] positions, int from, int to, int[] bits, int first) {
    for (int i = from; i < to; i++) {
      bits[first + i] = values.getAtIndex(BITS, positions[i]);
    }
  }

  private static void add(
      MemorySegment values, SparseDelta.Entry entry, int from, int to, int[] bits, int first) {
    int[] positions = entry.positions();
    float[] changes = entry.values();
    for (int i = from; i < to; i++) {
      float sum = Float.intBitsToFloat(bits[first + i]) + changes[i];
      values.setAtIndex(BITS, positions[i], Float.floatToRawIntBits(sum));
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
      long size = segment(entry).byteSize() / Float.BYTES;
      if (!ascendBelow(entry.positions(), size)) {
        checkPositions(entry, size);
      }
    }
  }

  /**
   * Whether nothing is wrong with positions. A loop without branches, which is a fraction of a
   * switch; the sign of a difference is right where no position is negative.
   */
  private static boolean ascendBelow(int[] positions, long size) {
    if (positions.length == 0) {
      return true;
    }
    int signs = positions[0];
    for (int i = 1; i < positions.length; i++) {
      signs |= positions[i] | positions[i] - positions[i - 1] - 1;
    }
    return signs >= 0 && positions[positions.length - 1] < size;
  }

  /** Fails at the first position that is wrong. */
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
