package dev.diffstream.simulation.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Time that passes only when the simulation says so. As an {@link InstantSource} it is right; the
 * wall clock of each machine may be set forth and back.
 */
public final class SimulatedClock implements InstantSource {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private Instant now = START;

  @Override
  public Instant instant() {
    return now;
  }

  public long nanoTime() {
    return Duration.between(START, now).toNanos();
  }

  public void advance(Duration by) {
    now = now.plus(by);
  }

  /** The wall clock of one machine. */
  public final class OfMachine implements InstantSource {
    private Duration wrongBy = Duration.ZERO;

    @Override
    public Instant instant() {
      return now.plus(wrongBy);
    }

    public void jump(Duration by) {
      wrongBy = wrongBy.plus(by);
    }
  }
}
