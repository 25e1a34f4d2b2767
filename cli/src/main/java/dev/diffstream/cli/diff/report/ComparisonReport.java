package dev.diffstream.cli.diff.report;

import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.schemas.diff.arithmetic.DiffComparison;
import dev.diffstream.schemas.diff.arithmetic.Overlap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What {@code diff compare} finds; its JSON form too.
 *
 * @param pairs each pair once
 */
public record ComparisonReport(List<Compared> diffs, List<Pair> pairs) {
  /** A diff that was compared. */
  public record Compared(String file, String digest, String task, long nonzeros) {}

  /**
   * Two diffs, or one parameter of them.
   *
   * @param left changed positions of the first
   * @param both positions that both change
   * @param expected of those, if both had spread theirs evenly and independently
   * @param timesExpected both divided by expected; null if none is expected
   * @param signAgreement share of the common positions where the signs agree
   */
  public record Figures(
      long left,
      long right,
      long both,
      double jaccard,
      @Nullable Double expected,
      @Nullable Double timesExpected,
      double cosine,
      double cosineOnBoth,
      double signAgreement) {
    public static Figures of(Overlap overlap, @Nullable Double expected) {
      return new Figures(
          overlap.left(),
          overlap.right(),
          overlap.both(),
          overlap.jaccard(),
          expected,
          expected == null || expected == 0 ? null : overlap.both() / expected,
          overlap.cosine(),
          overlap.cosineOnBoth(),
          overlap.signAgreement());
    }
  }

  /**
   * @param left index of the first
   * @param total chance: evenly over the base
   * @param expectedWithin chance: evenly within every parameter; null if neither changes any
   * @param tensors by name; null when more than two diffs were compared
   */
  public record Pair(
      int left,
      int right,
      Figures total,
      @Nullable Double expectedWithin,
      @Nullable Map<String, Figures> tensors) {

    public static Pair of(
        int left, int right, DiffComparison comparison, Map<String, Long> sizes, boolean each) {
      return new Pair(
          left,
          right,
          Figures.of(comparison.total(), comparison.expected()),
          sizes.isEmpty() ? null : comparison.expectedWithin(sizes),
          each ? tensors(comparison, sizes) : null);
    }

    private static Map<String, Figures> tensors(
        DiffComparison comparison, Map<String, Long> sizes) {
      Map<String, Figures> tensors = new TreeMap<>();
      comparison
          .tensors()
          .forEach(
              (name, overlap) -> {
                Long size = sizes.get(name);
                Double expected = size == null ? null : overlap.expected(size);
                tensors.put(name, Figures.of(overlap, expected));
              });
      return tensors;
    }
  }

  public static ComparisonReport of(List<NamedDiff> files, List<Pair> pairs) {
    return new ComparisonReport(
        files.stream()
            .map(
                file ->
                    new Compared(
                        file.name(),
                        file.digest(),
                        ForeignText.line(file.diff().metadata().taskId()),
                        file.diff().nonzeros()))
            .toList(),
        pairs);
  }
}
