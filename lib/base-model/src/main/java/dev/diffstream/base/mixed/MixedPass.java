package dev.diffstream.base.mixed;

import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Encoding;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers texts of different diffs by one frozen base, as if each had a model of its own.
 *
 * <p>All forms agree within 1e-5 with a base on which the diff was put in place. What a text gets
 * in a batch of one is the same bits each time; among others its sums may be added in another
 * order.
 */
public interface MixedPass extends AutoCloseable {
  /**
   * One text, or pair of texts, and whom it asks.
   *
   * @param delta prepared by this pass
   * @param tokens positions of single tokens of the text to ask about, or null for the text as a
   *     whole
   */
  @SuppressWarnings("ArrayRecordComponent") // read once
  record Request(Encoding encoding, PreparedDelta delta, Head head, int @Nullable [] tokens) {}

  /**
   * A diff in the form in which this pass adds it. Thread-safe.
   *
   * @throws dev.diffstream.schemas.DiffstreamException BASE_MISMATCH if it names a parameter or
   *     position that the base does not have; MALFORMED_DIFF if positions do not ascend or a
   *     parameter comes twice
   */
  PreparedDelta prepare(SparseDelta delta);

  /**
   * Logits for each request, in order: one row for a text, one for each token asked about. For one
   * thread at a time.
   *
   * @throws IllegalArgumentException if a request does not fit the base
   */
  List<float[][]> logits(List<Request> requests);

  @Override
  void close();
}
