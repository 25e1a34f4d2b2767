package dev.diffstream.schemas.diff.arithmetic;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Two diffs of one base side by side; their heads take no part.
 *
 * @param baseParameters number of values in all parameters of the base
 * @param total over all parameters
 * @param tensors by name, of each parameter that either changes
 */
public record DiffComparison(
    long baseParameters, Overlap total, SortedMap<String, Overlap> tensors) {

  /**
   * @throws DiffstreamException BASE_MISMATCH if they belong to different bases
   */
  public static DiffComparison of(Diff left, Diff right) {
    SameBase.of(left, right).check();
    Map<String, SparseTensor> a = byName(left);
    Map<String, SparseTensor> b = byName(right);
    SortedMap<String, Overlap> tensors = new TreeMap<>();
    a.forEach((name, tensor) -> tensors.put(name, OverlapCount.of(tensor, b.get(name))));
    b.forEach((name, tensor) -> tensors.putIfAbsent(name, OverlapCount.of(null, tensor)));
    Overlap total = tensors.values().stream().reduce(Overlap.NONE, Overlap::plus);
    return new DiffComparison(left.metadata().baseParameters(), total, tensors);
  }

  /** Common positions that chance would give if both had spread theirs evenly over the base. */
  public double expected() {
    return total.expected(baseParameters);
  }

  /**
   * Common positions that chance would give if each had chosen evenly within every parameter, as
   * many there as it has.
   *
   * @param sizes number of values of each parameter that either changes
   */
  public double expectedWithin(Map<String, Long> sizes) {
    return tensors.entrySet().stream()
        .mapToDouble(entry -> entry.getValue().expected(sizes.getOrDefault(entry.getKey(), 0L)))
        .sum();
  }

  private static Map<String, SparseTensor> byName(Diff diff) {
    return diff.tensors().stream()
        .collect(Collectors.toMap(SparseTensor::name, Function.identity()));
  }
}
