package dev.diffstream.schemas.diff;

import dev.diffstream.schemas.event.Objective;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a diff file says of itself. It holds no clock and no run id, so that a run that was
 * interrupted gives the same bytes.
 *
 * @param baseParameters number of values in all parameters of the base
 * @param nonzeros changed positions; {@code nonzeros / baseParameters} is the density
 * @param labels names of the outputs in order; empty for regression
 * @param features how two texts become features, see docs/decisions; {@code mean} for single texts
 * @param maxTokens texts are cut to this many tokens
 * @param metrics on the held-out rows, of this diff and of the baselines
 * @param dataDigest SHA-256 over the data set's files as read
 * @param parents digests of the diffs that this one was started from or composed of
 * @param role what the diff is for: {@code task} (null), {@code language} or {@code domain}
 * @param other entries with a meaning that this program does not know; kept as they are
 */
public record DiffMetadata(
    String baseDigest,
    String baseName,
    long baseParameters,
    String taskId,
    Objective objective,
    String method,
    ValuePrecision precision,
    long nonzeros,
    List<String> labels,
    String features,
    int maxTokens,
    Map<String, Double> metrics,
    String tokenizerDigest,
    String dataDigest,
    long seed,
    String codeVersion,
    List<String> parents,
    @Nullable String role,
    Map<String, String> other) {
  public DiffMetadata {
    labels = List.copyOf(labels);
    metrics = Map.copyOf(metrics);
    parents = List.copyOf(parents);
    other = Map.copyOf(other);
  }

  /** Of a task's diff that was learned from nothing but the base. */
  public DiffMetadata(
      String baseDigest,
      String baseName,
      long baseParameters,
      String taskId,
      Objective objective,
      String method,
      ValuePrecision precision,
      long nonzeros,
      List<String> labels,
      String features,
      int maxTokens,
      Map<String, Double> metrics,
      String tokenizerDigest,
      String dataDigest,
      long seed,
      String codeVersion) {
    this(
        baseDigest,
        baseName,
        baseParameters,
        taskId,
        objective,
        method,
        precision,
        nonzeros,
        labels,
        features,
        maxTokens,
        metrics,
        tokenizerDigest,
        dataDigest,
        seed,
        codeVersion,
        List.of(),
        null,
        Map.of());
  }

  /** The same of so many values in another precision. */
  public DiffMetadata with(ValuePrecision precision, long nonzeros) {
    return new DiffMetadata(
        baseDigest,
        baseName,
        baseParameters,
        taskId,
        objective,
        method,
        precision,
        nonzeros,
        labels,
        features,
        maxTokens,
        metrics,
        tokenizerDigest,
        dataDigest,
        seed,
        codeVersion,
        parents,
        role,
        other);
  }

  public double density() {
    return (double) nonzeros / baseParameters;
  }
}
