package dev.diffstream.schemas.run;

import java.util.Comparator;
import java.util.List;

/**
 * Which labels were taken for which.
 *
 * @param cells those with rows, most rows first; at most {@link #MAX_CELLS}
 * @param otherRows in cells that are not listed
 */
public record Confusion(List<Cell> cells, long otherRows) {
  public static final int MAX_CELLS = 1_000;

  private static final Comparator<Cell> ORDER =
      Comparator.comparingLong(Cell::rows)
          .reversed()
          .thenComparing(Cell::expected)
          .thenComparing(Cell::answered);

  public Confusion {
    cells = List.copyOf(cells);
  }

  /**
   * Rows that have the label {@code expected} and were answered {@code answered}.
   *
   * @param rows at least 1
   */
  public record Cell(String expected, String answered, long rows) {}

  /** The largest of these cells, in their order. */
  public static Confusion of(List<Cell> cells) {
    List<Cell> sorted = cells.stream().sorted(ORDER).toList();
    int listed = Math.min(MAX_CELLS, sorted.size());
    return new Confusion(
        sorted.subList(0, listed),
        sorted.subList(listed, sorted.size()).stream().mapToLong(Cell::rows).sum());
  }
}
