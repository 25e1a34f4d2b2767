package dev.diffstream.cli.deployment;

import java.time.Duration;

/**
 * When a service counts as hung, and how soon it is started again.
 *
 * @param probeInterval between two probes
 * @param probeTimeout for one probe, from the connection to the end of the answer
 * @param maxFailedProbes in a row; with so many the process is killed
 * @param startLimit for the first good probe of a process; a process that takes longer is killed
 * @param firstPause before a process that ended is replaced; doubled at every end, up to {@code
 *     maxPause}
 * @param stableAfter a process that lived so long begins again with {@code firstPause}
 */
record Supervision(
    Duration probeInterval,
    Duration probeTimeout,
    int maxFailedProbes,
    Duration startLimit,
    Duration firstPause,
    Duration maxPause,
    Duration stableAfter) {
  /** A hung service is killed within a minute. */
  static final Supervision DEFAULT =
      new Supervision(
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          6,
          Duration.ofMinutes(3),
          Duration.ofSeconds(1),
          Duration.ofSeconds(30),
          Duration.ofSeconds(60));

  /** The pause that follows {@code pause} where processes end soon after their start. */
  Duration pauseAfter(Duration pause) {
    Duration doubled = pause.multipliedBy(2);
    return doubled.compareTo(maxPause) < 0 ? doubled : maxPause;
  }
}
