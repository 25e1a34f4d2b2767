package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.catalog.VersionHealth;
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
 */
public record Loading(
    Executor executor, long previousBytes, ServedTimes times, VersionHealth health) {

  /** One after the other on the follower's own thread; no previous version is kept. */
  public static Loading inTurn() {
    InstantSource clock = InstantSource.system();
    return new Loading(Runnable::run, 0, new ServedTimes(clock), new VersionHealth(1, clock));
  }
}
