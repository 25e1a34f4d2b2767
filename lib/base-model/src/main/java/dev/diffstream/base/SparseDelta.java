package dev.diffstream.base;

import java.util.List;

/**
 * A sparse change to a base: for some parameters, which values change and by how much. It knows
 * neither file nor task.
 *
 * @param entries one for each changed parameter, in any order
 */
public record SparseDelta(List<Entry> entries) {
  /**
   * The change of one parameter.
   *
   * @param parameter its canonical name
   * @param positions flat row-major positions, strictly ascending
   * @param values what is added at each position
   */
  @SuppressWarnings("ArrayRecordComponent") // large; read in place, never changed
  public record Entry(String parameter, int[] positions, float[] values) {
    public Entry {
      if (positions.length != values.length) {
        throw new IllegalArgumentException(
            "%s has %d positions but %d values"
                .formatted(parameter, positions.length, values.length));
      }
    }
  }

  public SparseDelta {
    entries = List.copyOf(entries);
  }

  /** Number of changed values. */
  public long size() {
    return entries.stream().mapToLong(entry -> entry.positions().length).sum();
  }
}
