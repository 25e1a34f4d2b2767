package dev.diffstream.schemas.diff.model;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import io.soabase.recordbuilder.core.RecordBuilder;
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
 * @param features what the head sees, such as {@code mean}, {@code pair} or {@code joint}
 * @param pairEncoding how two texts are read: {@code separate} or {@code joint}; absent for single
 *     texts
 * @param maxTokens texts are cut to this many tokens; of a joint pair both texts together
 * @param refusesLongTexts whether whoever asks about a longer text is refused, unless the request
 *     says otherwise
 * @param textPrefix is put in front of every text before it is tokenised
 * @param temperature logits are divided by it before they become probabilities; 1 changes nothing
 * @param metrics on the held-out rows, of this diff and of the baselines
 * @param dataDigest SHA-256 over the data set's files as read
 * @param parents digests of the diffs that this one was started from or composed of
 * @param role what the diff is for: {@code task} (null), {@code language} or {@code domain}
 * @param other entries with a meaning that this program does not know; kept as they are
 */
@RecordBuilder
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
    @Nullable String pairEncoding,
    int maxTokens,
    boolean refusesLongTexts,
    String textPrefix,
    double temperature,
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
    if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("temperature must be above 0, got " + temperature);
    }
  }

  /** A builder of a task's diff that was learned from nothing but the base. */
  public static DiffMetadataBuilder learned() {
    return DiffMetadataBuilder.builder()
        .refusesLongTexts(false)
        .textPrefix("")
        .temperature(1)
        .parents(List.of())
        .other(Map.of());
  }

  /** The same of so many values in another precision. */
  public DiffMetadata with(ValuePrecision precision, long nonzeros) {
    return DiffMetadataBuilder.builder(this).precision(precision).nonzeros(nonzeros).build();
  }

  /**
   * How two texts are read, as an enum; separate where the file does not say.
   *
   * @throws DiffstreamException MALFORMED_DIFF if the file names an encoding that is not known
   */
  public PairEncoding pairs() {
    return PairEncoding.ofFile(pairEncoding);
  }

  public double density() {
    return (double) nonzeros / baseParameters;
  }
}
