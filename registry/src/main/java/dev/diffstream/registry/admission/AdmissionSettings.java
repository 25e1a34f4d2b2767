package dev.diffstream.registry.admission;

import dev.diffstream.settings.Settings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How task events are let through to the workers.
 *
 * @param defaultBase name or digest of the base of events that name none; null: the only one
 * @param baseWait how long an event may wait for a base that nobody has described
 * @param ahead how many events of a base may stand in its work topic before a worker takes them
 * @param maxRunningPerOwner events of one owner that are learned at once; 0: any number
 * @param maxQueuedPerOwner events of one owner that may wait; 0: any number
 */
public record AdmissionSettings(
    @Nullable String defaultBase,
    Duration baseWait,
    int ahead,
    int maxRunningPerOwner,
    int maxQueuedPerOwner) {
  public static final AdmissionSettings DEFAULT =
      new AdmissionSettings(null, Duration.ofMinutes(1), 8, 0, 0);

  public static AdmissionSettings from(Settings settings) {
    String base =
        settings.text(
            "diffstream.registry.default-base",
            "",
            "name or digest of the base of task events that name none; empty: the only base");
    return new AdmissionSettings(
        base.isEmpty() ? null : base,
        settings.duration(
            "diffstream.registry.base-wait",
            DEFAULT.baseWait(),
            "how long a task event may wait for a base that no worker has described"),
        settings.integer(
            "diffstream.registry.admit-ahead",
            DEFAULT.ahead(),
            1,
            10_000,
            "task events of a base that may stand ready before a worker takes them"),
        settings.integer(
            "diffstream.registry.max-running-per-owner",
            0,
            0,
            1_000_000,
            "task events of one owner that are learned at once; 0: any number"),
        settings.integer(
            "diffstream.registry.max-queued-per-owner",
            0,
            0,
            100_000_000,
            "task events of one owner that may wait, later ones are refused; 0: any number"));
  }
}
