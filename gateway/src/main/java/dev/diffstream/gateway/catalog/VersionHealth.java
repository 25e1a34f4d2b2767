package dev.diffstream.gateway.catalog;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Watches how each version answers. A fault is an example for which its diff gives no answer, or
 * one that is no number; what callers, full queues and deadlines are to blame for is none. A
 * version is unhealthy when, within a minute, at least {@link #MIN_FAULTS} examples and a given
 * share of all were faults. That is told once for each generation that it serves in.
 *
 * <p>Thread-safe.
 */
public final class VersionHealth {
  /** Fewer say nothing of a version. */
  public static final int MIN_FAULTS = 5;

  private static final Duration WINDOW = Duration.ofMinutes(1);

  /** Beyond so many windows, those that are over are forgotten. */
  private static final int MANY = 10_000;

  private final double maxShare;
  private final InstantSource clock;
  private final Map<Version, Window> windows = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Unhealthy> told = new ConcurrentLinkedQueue<>();

  private volatile Instant forgot = Instant.EPOCH;

  private record Version(String task, long generation, String digest) {}

  private record Window(Instant since, long examples, long faults, boolean told) {
    boolean isOver(Instant now) {
      return Duration.between(since, now).abs().compareTo(WINDOW) >= 0;
    }
  }

  /**
   * A version that answers badly.
   *
   * @param examples that it was asked since {@code since}
   * @param faults of them
   */
  public record Unhealthy(ResidentDiff diff, long examples, long faults, Instant since) {}

  /**
   * @param maxShare of faults, above 0; a greater share is unhealthy
   */
  public VersionHealth(double maxShare, InstantSource clock) {
    this.maxShare = maxShare;
    this.clock = clock;
  }

  /** A request was answered. */
  public void answered(ResidentDiff diff, int examples, int faults) {
    if (examples == 0) {
      return;
    }
    Instant now = clock.instant();
    Version version = new Version(diff.taskId(), diff.generation(), diff.digest());
    windows.compute(
        version,
        (key, before) -> {
          boolean fresh = before == null || before.isOver(now);
          Window next =
              fresh
                  ? new Window(now, examples, faults, before != null && before.told())
                  : new Window(
                      before.since(),
                      before.examples() + examples,
                      before.faults() + faults,
                      before.told());
          if (next.told() || !isUnhealthy(next)) {
            return next;
          }
          told.add(new Unhealthy(diff, next.examples(), next.faults(), next.since()));
          return new Window(next.since(), next.examples(), next.faults(), true);
        });
    forget(now);
  }

  /** Once a window: with many tasks it takes its time. */
  private void forget(Instant now) {
    if (windows.size() > MANY && Duration.between(forgot, now).abs().compareTo(WINDOW) >= 0) {
      forgot = now;
      windows.values().removeIf(window -> window.isOver(now));
    }
  }

  private boolean isUnhealthy(Window window) {
    return window.faults() >= MIN_FAULTS && window.faults() > maxShare * window.examples();
  }

  /** Those that have become unhealthy since the last call. */
  public List<Unhealthy> unhealthy() {
    List<Unhealthy> all = new ArrayList<>();
    for (Unhealthy next = told.poll(); next != null; next = told.poll()) {
      all.add(next);
    }
    return all;
  }
}
