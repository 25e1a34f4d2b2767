package dev.diffstream.gateway;

import dev.diffstream.schemas.diff.Diff;
import org.jspecify.annotations.Nullable;

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
   * What exactly this diff says to one text, or pair of texts, asked alone: the same bits every
   * time. Belongs to one thread.
   *
   * @throws dev.diffstream.schemas.DiffstreamException INVALID_EVENT if the text cannot be asked
   */
  Answer answer(Fitted fitted, String text, @Nullable String textPair);

  /** What a diff file records of the answer to a probe sentence. Belongs to the same thread. */
  float[] probe(Fitted fitted, String text, @Nullable String textPair);

  @Override
  void close();
}
