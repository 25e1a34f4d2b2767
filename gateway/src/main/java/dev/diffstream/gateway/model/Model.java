package dev.diffstream.gateway.model;

import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.base.input.TextToken;
import dev.diffstream.gateway.batching.FairQueue;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.diff.probe.ProbeSentences;
import dev.diffstream.schemas.diff.probe.ProbeSentences.Probe;
import dev.diffstream.schemas.event.Objective;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** One base in memory, which answers by many diffs. */
public interface Model extends AutoCloseable {

  String baseName();

  String baseDigest();

  /** When that digest was computed of its parameters in memory; empty if it is not known. */
  default Optional<Instant> baseChecked() {
    return Optional.empty();
  }

  /** What a diff over this base must record as the digest of its tokeniser. */
  String inputDigest();

  /** What a diff over this base must record as the kind of its head's features. */
  String featureKind(Objective objective, PairEncoding pairs);

  /**
   * Names what answers depend on beside base and diff: program, engine, processor, and the form in
   * which texts are computed.
   */
  default String machine() {
    return "unnamed";
  }

  /**
   * By how much the answer to a probe may differ from the one that its worker recorded, absolute
   * and relative.
   */
  default double tolerance() {
    return Precision.FP32.tolerance();
  }

  /** What clients are told of how it computes, by name; empty where there is nothing to tell. */
  default Map<String, String> properties() {
    return Map.of();
  }

  /**
   * Checks names, positions and shapes of {@code diff} against the base. Thread-safe.
   *
   * @throws dev.diffstream.schemas.DiffstreamException BASE_MISMATCH or MALFORMED_DIFF
   */
  PreparedDiff prepare(Diff diff);

  /**
   * The example in the form that the model computes with, so that texts are tokenised before they
   * wait for the model. Thread-safe.
   */
  default Example encode(PreparedDiff prepared, Example example) {
    return example;
  }

  /**
   * The example as each of these diffs reads it. Texts are tokenised once for all that read them
   * alike. Thread-safe.
   */
  default List<Example> encode(List<PreparedDiff> diffs, Example example) {
    return diffs.stream().map(diff -> encode(diff, example)).toList();
  }

  /**
   * How much is computed together, in what {@link #cost} counts; 0 if examples are computed one by
   * one.
   */
  default int batchTokens() {
    return 0;
  }

  /**
   * What each question's own diff says to its example, computed together. Belongs to one thread.
   * The answers may be read on any thread; reading one that cannot be given throws the reason, such
   * as INVALID_REQUEST, and spoils no other.
   */
  default List<Supplier<Answer>> answers(List<Question> questions) {
    return questions.stream().map(this::alone).toList();
  }

  /** What it costs to compute an encoded example, in tokens of a text; at least 1. */
  default int cost(PreparedDiff prepared, Example example) {
    return FairQueue.TURN;
  }

  private Supplier<Answer> alone(Question question) {
    try {
      Answer answer = answer(question.prepared(), question.example());
      return () -> answer;
    } catch (RuntimeException e) {
      return () -> {
        throw e;
      };
    }
  }

  /**
   * What exactly this diff says to one example, asked alone: the same bits every time. Belongs to
   * the same thread.
   *
   * @throws dev.diffstream.schemas.DiffstreamException INVALID_REQUEST if it cannot be asked
   */
  Answer answer(PreparedDiff prepared, Example example);

  /** What a diff file records of the answer to a probe. Belongs to the same thread. */
  float[] probe(PreparedDiff prepared, Example example);

  /** The same of several probes, which may be computed together. Belongs to the same thread. */
  default List<float[]> probe(PreparedDiff prepared, List<Example> examples) {
    return examples.stream().map(example -> probe(prepared, example)).toList();
  }

  /**
   * The tokens of a text, however many. Thread-safe.
   *
   * @param withSpecial whether those before and behind it are among them
   * @throws DiffstreamException INVALID_REQUEST if it reads no texts
   */
  default List<TextToken> textTokens(String text, boolean withSpecial) {
    throw new DiffstreamException(
        ErrorCode.INVALID_REQUEST, "the base " + baseName() + " reads tensors, not texts");
  }

  /** The tensors that it takes in place of texts; none if it reads texts. */
  default List<TensorSpec> tensorInputs() {
    return List.of();
  }

  /** The probe inputs whose answers a worker records in a diff of this kind. */
  default List<Example> probes(DiffMetadata metadata) {
    boolean pairs = metadata.objective().pairs();
    return Example.texts(
        ProbeSentences.V1.stream().map(Probe::text).toList(),
        pairs ? ProbeSentences.V1.stream().map(Probe::textPair).toList() : null);
  }

  @Override
  void close();
}
