package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.certificate.ProbeBits;
import dev.diffstream.gateway.certificate.ProbeReplay;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import java.time.Instant;
import java.util.Optional;

/**
 * The model as the follower sees it: it turns the bytes of a diff file into a diff that answers.
 *
 * <p>Thread-safe.
 */
public interface DiffPreparer {
  /** Digest of the base that diffs must have been learned over. */
  String baseDigest();

  /**
   * Names what the answer to a probe depends on beside the diff: base, tokeniser, program and
   * machine.
   */
  String fingerprint();

  /**
   * Reads a diff file and checks it against the base.
   *
   * @param digest of {@code bytes}, for messages
   * @throws dev.diffstream.schemas.DiffstreamException MALFORMED_DIFF, UNSUPPORTED_VERSION or
   *     BASE_MISMATCH of a diff that cannot serve
   */
  UntestedDiff prepare(String digest, byte[] bytes);

  /**
   * As {@link ProbeReplay#replay}.
   *
   * @param prepared by this, and retained by the caller
   */
  ProbeBits replay(PreparedDiff prepared);

  /** When the base's digest was computed of its parameters in memory; empty if not known. */
  default Optional<Instant> baseChecked() {
    return Optional.empty();
  }

  /**
   * A diff that fits the base.
   *
   * @param selfTest infers the probes and compares; may wait for the model. Fails with
   *     SELF_TEST_FAILED of a diff that cannot serve, OVERLOADED to try again. May be run as often
   *     as wanted while the diff is retained
   */
  record UntestedDiff(PreparedDiff prepared, Runnable selfTest) {
    DiffMetadata metadata() {
      return prepared.metadata();
    }
  }
}
