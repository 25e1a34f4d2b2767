package dev.diffstream.registry.quota;

import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import java.time.Duration;

/**
 * What one owner may use. Events that name no owner count together, as those of one.
 *
 * @param maxExamples rows that the owner's runs may train on within the window; 0: any number
 * @param examplesWindow the time that ends now, at most seven days: so long do topics tell of runs
 *     that failed
 * @param maxDiffBytes of the owner's versions that are not deleted, in all; 0: any number
 */
public record QuotaSettings(long maxExamples, Duration examplesWindow, long maxDiffBytes) {
  public static final QuotaSettings NONE = new QuotaSettings(0, Duration.ofDays(1), 0);

  private static final String WINDOW = "diffstream.registry.examples-window";
  private static final Duration MAX_WINDOW = Duration.ofDays(7);

  /**
   * @throws BadSettingException if the window is empty or longer than seven days
   */
  public static QuotaSettings from(Settings settings) {
    Duration window =
        settings.duration(
            WINDOW,
            NONE.examplesWindow(),
            "time within which the rows of an owner's runs are counted, at most 168h");
    if (window.isZero() || window.isNegative() || window.compareTo(MAX_WINDOW) > 0) {
      throw new BadSettingException(
          WINDOW, WINDOW + ": expected more than 0s, at most " + MAX_WINDOW + ", got " + window);
    }
    return new QuotaSettings(
        settings.integer(
            "diffstream.registry.max-examples-per-owner",
            0,
            0,
            Integer.MAX_VALUE,
            "rows that one owner's runs may train on within the window; 0: any number"),
        window,
        settings.bytes(
            "diffstream.registry.max-diff-bytes-per-owner",
            "0",
            "bytes of the diffs of one owner's versions that are not deleted; 0: any number"));
  }
}
