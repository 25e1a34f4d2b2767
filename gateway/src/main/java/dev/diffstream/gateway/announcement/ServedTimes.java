package dev.diffstream.gateway.announcement;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;

/**
 * Tells how long it took from an announcement until its champion served, by the clocks of registry
 * and gateway. Whoever wants to hear it says so when it is there.
 */
public final class ServedTimes {
  private final InstantSource clock;
  private volatile Consumer<Duration> listener = time -> {};

  public ServedTimes(InstantSource clock) {
    this.clock = clock;
  }

  public void tell(Consumer<Duration> next) {
    listener = next;
  }

  void served(Instant announced) {
    Duration time = Duration.between(announced, clock.instant());
    listener.accept(time.isNegative() ? Duration.ZERO : time);
  }
}
