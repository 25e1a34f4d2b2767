package dev.diffstream.simulation.base;

import dev.diffstream.registry.quota.QuotaSettings;
import dev.diffstream.simulation.schedule.InvariantViolation;
import java.time.Duration;
import java.util.Random;

/** What the events of a deployment may use; they name no owner, so all of them count together. */
public final class TinyQuota {
  /** Rows of every run. */
  public static final int EXAMPLES = 10;

  /**
   * Twice as long, the longest wait on clocks that differ, is less than the rest after which the
   * simulation ends.
   */
  private static final Duration WINDOW = Duration.ofMinutes(6);

  private static final int DIFF_BYTES = TinyBase.diff("task-0", "data", 0.9).length;

  /** So many versions more than there is room for may come of requests that are under way. */
  private static final int UNDER_WAY = 3;

  private final QuotaSettings settings;

  private TinyQuota(QuotaSettings settings) {
    this.settings = settings;
  }

  /** One of rows, one of bytes, or none. */
  public static TinyQuota choose(Random random) {
    return new TinyQuota(
        switch (random.nextInt(5)) {
          case 0 -> new QuotaSettings((1 + random.nextInt(3)) * EXAMPLES, WINDOW, 0);
          case 1 -> new QuotaSettings(0, WINDOW, (1 + random.nextInt(4)) * DIFF_BYTES);
          default -> QuotaSettings.NONE;
        });
  }

  public QuotaSettings settings() {
    return settings;
  }

  /**
   * Whether no run may go on until somebody deletes versions, which nobody does.
   *
   * @param kept bytes of all versions
   */
  public boolean holdsBackForGood(long kept) {
    return settings.maxDiffBytes() > 0 && kept >= settings.maxDiffBytes();
  }

  /**
   * @param kept bytes of all versions
   */
  public void check(long kept) {
    long most = settings.maxDiffBytes() + (long) UNDER_WAY * DIFF_BYTES;
    if (settings.maxDiffBytes() > 0 && kept > most) {
      throw new InvariantViolation(
          "quota", "%d bytes are kept, %d may be".formatted(kept, settings.maxDiffBytes()));
    }
  }
}
