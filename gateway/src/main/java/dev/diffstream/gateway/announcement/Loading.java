package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.catalog.VersionHealth;
import dev.diffstream.gateway.certificate.CertificateLane;
import dev.diffstream.gateway.confidence.Confidences;
import java.time.InstantSource;
import java.util.concurrent.Executor;

/**
 * How a follower loads.
 *
 * @param executor of loads, self-tests that are replayed and the upkeep of the cache; bounds how
 *     many go on at once
 * @param previousBytes memory that previous versions may take beside the champions
 * @param times hears when something announced is served
 * @param health of what serves
 * @param confidences of what serves
 * @param certificates where other tasks are asked again after a new version
 */
public record Loading(
    Executor executor,
    long previousBytes,
    ServedTimes times,
    VersionHealth health,
    Confidences confidences,
    CertificateLane certificates) {

  /** One after the other on the follower's own thread; no previous version is kept. */
  public static Loading inTurn() {
    InstantSource clock = InstantSource.system();
    return new Loading(
        Runnable::run,
        0,
        new ServedTimes(clock),
        new VersionHealth(1, clock),
        new Confidences(clock),
        CertificateLane.inTurn());
  }
}
