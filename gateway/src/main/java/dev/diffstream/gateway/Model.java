package dev.diffstream.gateway;

import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.schemas.diff.Diff;
import dev.diffstream.schemas.diff.DiffMetadata;
import dev.diffstream.schemas.diff.ProbeSentences;
import dev.diffstream.schemas.diff.ProbeSentences.Probe;
import java.util.List;

/** One base in memory, and diffs that it can be made to answer with. */
interface Model extends AutoCloseable {

  /** A diff that was checked against this base and made ready for it; immutable. */
  interface Fitted {}

  String baseName();

  String baseDigest();

  /**
   * Checks names, positions and shapes of {@code diff} against the base. Thread-safe.
   *
   * @throws dev.diffstream.schemas.DiffstreamException BASE_MISMATCH or MALFORMED_DIFF
   */
  Fitted fit(Diff diff);

  /**
   * What exactly this diff says to one question, asked alone: the same bits every time. Belongs to
   * one thread.
   *
   * @throws dev.diffstream.schemas.DiffstreamException INVALID_EVENT if it cannot be asked
   */
  Answer answer(Fitted fitted, Question question);

  /** What a diff file records of the answer to a probe. Belongs to the same thread. */
  float[] probe(Fitted fitted, Question question);

  /** The tensors that it takes in place of texts; none if it reads texts. */
  default List<TensorSpec> tensorInputs() {
    return List.of();
  }

  /** What every worker asked before it published a diff of this kind. */
  default List<Question> probes(DiffMetadata metadata) {
    boolean pairs = metadata.objective().pairs();
    return Question.texts(
        ProbeSentences.V1.stream().map(Probe::text).toList(),
        pairs ? ProbeSentences.V1.stream().map(Probe::textPair).toList() : null);
  }

  @Override
  void close();
}
