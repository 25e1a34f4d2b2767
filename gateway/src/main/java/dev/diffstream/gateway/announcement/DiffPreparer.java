package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.catalog.PreparedDiff;

/**
 * The model as the follower sees it: it turns the bytes of a diff file into a diff that answers.
 */
public interface DiffPreparer {
  /** Digest of the base that diffs must have been learned over. */
  String baseDigest();

  /**
   * Reads a diff file, checks it against the base and runs its self-test. Called from the
   * follower's thread; may wait for the model.
   *
   * @param digest of {@code bytes}, for messages
   * @throws dev.diffstream.schemas.DiffstreamException MALFORMED_DIFF, UNSUPPORTED_VERSION,
   *     BASE_MISMATCH or SELF_TEST_FAILED of a diff that cannot serve; OVERLOADED to try again
   */
  PreparedDiff prepare(String digest, byte[] bytes);
}
