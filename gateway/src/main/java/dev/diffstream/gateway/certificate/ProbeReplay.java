package dev.diffstream.gateway.certificate;

import dev.diffstream.gateway.catalog.PreparedDiff;
import java.time.Instant;
import java.util.Optional;

/**
 * The models as certificates see them.
 *
 * <p>Thread-safe.
 */
public interface ProbeReplay {
  /**
   * Asks a diff its probes, each alone; waits for the model, which answers requests first.
   *
   * @param prepared retained by the caller
   * @throws dev.diffstream.schemas.DiffstreamException OVERLOADED when the gateway stops
   */
  ProbeBits replay(PreparedDiff prepared);

  /**
   * When the digest of a base was last computed of its parameters in memory; empty if that is not
   * known.
   */
  Optional<Instant> baseChecked(String baseDigest);
}
