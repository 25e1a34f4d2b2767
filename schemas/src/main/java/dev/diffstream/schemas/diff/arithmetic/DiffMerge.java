package dev.diffstream.schemas.diff.arithmetic;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.DiffMetadataBuilder;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Several diffs of one base made one. Positions and values are merged; the head, and all that says
 * how to use it, is that of one parent. Probes and metrics are left out: they were measured on the
 * parents.
 *
 * @param parents two or more, in the order in which values are added up
 * @param head index of the parent whose head, labels and objective the result has
 */
public record DiffMerge(List<Parent> parents, MergeMethod method, int head) {
  /** What {@code method} of a merged diff's metadata says. */
  public static final String METHOD = "merge";

  /**
   * A diff that takes part.
   *
   * @param digest SHA-256 of its file
   * @param weight finite and above zero for {@link MergeMethod#OVERLAP_AWARE}, finite for others
   */
  public record Parent(Diff diff, String digest, double weight) {}

  /**
   * @throws DiffstreamException INVALID_EVENT for too few parents, weights that cannot be used or a
   *     head that is not there; BASE_MISMATCH if the parents differ in base or tokeniser
   */
  public DiffMerge {
    parents = List.copyOf(parents);
    if (parents.size() < 2) {
      throw invalid("at least two diffs", parents.size() + " diffs");
    }
    if (head < 0 || head >= parents.size()) {
      throw invalid("the head of one of " + parents.size() + " diffs", "number " + head);
    }
    for (Parent parent : parents) {
      if (!Double.isFinite(parent.weight())
          || method == MergeMethod.OVERLAP_AWARE && parent.weight() <= 0) {
        throw invalid(
            method == MergeMethod.ADD ? "finite weights" : "finite weights above zero",
            Double.toString(parent.weight()));
      }
      SameBase bases = SameBase.of(parents.get(0).diff(), parent.diff());
      bases.check();
      bases.checkInputs();
    }
  }

  /**
   * The merged diff.
   *
   * @param precision of the values in a file
   * @throws DiffstreamException INVALID_EVENT if a value is not finite, or beyond the precision
   */
  public RoundedDiff diff(String taskId, ValuePrecision precision) {
    List<SparseTensor> tensors = tensors();
    long nonzeros = tensors.stream().mapToLong(tensor -> tensor.positions().length).sum();
    Diff from = parents.get(head).diff();
    DiffMetadata metadata = metadata(from.metadata(), taskId, precision, nonzeros);
    return RoundedDiff.of(new Diff(metadata, tensors, from.head(), null), precision);
  }

  /**
   * What was merged, one line each: {@code diffstream-merge-1}, the method, the digest of the
   * head's parent, then digest and weight of every parent. Its SHA-256 is the merged diff's data
   * digest.
   */
  public String recipe() {
    StringBuilder recipe = new StringBuilder("diffstream-merge-1\n");
    recipe.append(method.text()).append('\n');
    recipe.append(parents.get(head).digest()).append('\n');
    for (Parent parent : parents) {
      recipe.append(parent.digest()).append(' ').append(parent.weight()).append('\n');
    }
    return recipe.toString();
  }

  private List<SparseTensor> tensors() {
    Map<String, WeightedTensors> byName = new TreeMap<>();
    for (Parent parent : parents) {
      for (SparseTensor tensor : parent.diff().tensors()) {
        byName
            .computeIfAbsent(tensor.name(), name -> new WeightedTensors())
            .add(tensor, parent.weight());
      }
    }
    List<SparseTensor> tensors = new ArrayList<>();
    for (WeightedTensors weighted : byName.values()) {
      SparseTensor merged = weighted.merged(method);
      if (merged.positions().length > 0) {
        tensors.add(merged);
      }
    }
    return tensors;
  }

  private DiffMetadata metadata(
      DiffMetadata from, String taskId, ValuePrecision precision, long nonzeros) {
    return DiffMetadataBuilder.builder(from)
        .taskId(taskId)
        .method(METHOD)
        .precision(precision)
        .nonzeros(nonzeros)
        .metrics(Map.of())
        .dataDigest(Sha256.of(recipe()))
        .parents(parents.stream().map(Parent::digest).toList())
        .role(null)
        .other(Map.of())
        .build();
  }

  private static DiffstreamException invalid(String expected, String actual) {
    return new DiffstreamException(
        ErrorCode.INVALID_EVENT, "merging: expected " + expected + ", got " + actual);
  }
}
