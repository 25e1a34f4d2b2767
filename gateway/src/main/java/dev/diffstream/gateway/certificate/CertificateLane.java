package dev.diffstream.gateway.certificate;

import java.util.concurrent.Executor;

/**
 * Where certificates are made.
 *
 * @param executor runs one comparison at a time, which may wait long for the model
 * @param counts hear what was found
 */
public record CertificateLane(Executor executor, CertificateCounts counts) {
  /** On the thread that asks for them. */
  public static CertificateLane inTurn() {
    return new CertificateLane(Runnable::run, new CertificateCounts());
  }
}
