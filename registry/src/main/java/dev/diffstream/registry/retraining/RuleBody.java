package dev.diffstream.registry.retraining;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.correction.RetrainingRule;
import dev.diffstream.schemas.correction.RetrainingRuleBuilder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request for a rule. One condition at least must be there; one that is met is
 * enough.
 *
 * @param corrections so many since the last retraining, from 1
 * @param qualityBelow the share of confirmed answers among the newest corrections, above 0, at most
 *     1
 * @param qualityOf of how many corrections: 10 to 1,000; default 50
 * @param confidenceDrift standard errors between the mean confidence of the champion's first and
 *     its latest answers, above 0, at most 1,000
 * @param cooldownSeconds from one retraining to the next; default one hour
 * @param budget default: 4 a day
 * @param minGain of the new version over the champion; below 0: by how much it may be worse
 * @param reason for people who ask later
 */
public record RuleBody(
    @Nullable Integer corrections,
    @Nullable Double qualityBelow,
    @Nullable Integer qualityOf,
    @Nullable Long cooldownSeconds,
    RetrainingRule.@Nullable Budget budget,
    @Nullable Double minGain,
    @Nullable Double confidenceDrift,
    @Nullable String reason) {
  private static final int DEFAULT_QUALITY_OF = 50;
  private static final Duration DEFAULT_COOLDOWN = Duration.ofHours(1);
  private static final Duration MAX_COOLDOWN = Duration.ofDays(365);
  private static final RetrainingRule.Budget DEFAULT_BUDGET = new RetrainingRule.Budget(4, null);
  private static final int MAX_COUNT = 1_000_000;
  private static final double MAX_DRIFT = 1_000;

  /**
   * With what it leaves to the defaults.
   *
   * @throws DiffstreamException INVALID_REQUEST for a rule that could never ask for anything
   */
  RetrainingRuleBuilder rule() {
    if (corrections == null && qualityBelow == null && confidenceDrift == null) {
      throw invalid(
          "a rule needs a condition: corrections, qualityBelow, confidenceDrift or several");
    }
    if (confidenceDrift != null && !(confidenceDrift > 0 && confidenceDrift <= MAX_DRIFT)) {
      throw invalid(
          "confidenceDrift must be above 0 and at most %.0f, got: %s"
              .formatted(MAX_DRIFT, confidenceDrift));
    }
    inRange("corrections", corrections, 1, MAX_COUNT);
    if (qualityBelow != null && !(qualityBelow > 0 && qualityBelow <= 1)) {
      throw invalid("qualityBelow must be above 0 and at most 1, got: " + qualityBelow);
    }
    inRange("qualityOf", qualityOf, 10, 1_000);
    long cooldown = cooldownSeconds == null ? DEFAULT_COOLDOWN.toSeconds() : cooldownSeconds;
    if (cooldown < 0 || cooldown > MAX_COOLDOWN.toSeconds()) {
      throw invalid(
          "cooldownSeconds must be 0 to %d, got: %d".formatted(MAX_COOLDOWN.toSeconds(), cooldown));
    }
    RetrainingRule.Budget limits = budget == null ? DEFAULT_BUDGET : budget;
    inRange("budget.perDay", limits.perDay(), 1, MAX_COUNT);
    inRange("budget.total", limits.total(), 1, MAX_COUNT);
    if (minGain != null && !(Math.abs(minGain) <= 1_000)) {
      throw invalid("minGain must be -1000 to 1000, got: " + minGain);
    }
    return RetrainingRuleBuilder.builder()
        .corrections(corrections)
        .qualityBelow(qualityBelow)
        .qualityOf(qualityBelow == null ? null : qualityOf == null ? DEFAULT_QUALITY_OF : qualityOf)
        .confidenceDrift(confidenceDrift)
        .cooldownSeconds(cooldown)
        .budget(limits)
        .minGain(minGain)
        .reason(reason);
  }

  private static void inRange(String field, @Nullable Integer number, int least, int most) {
    if (number != null && (number < least || number > most)) {
      throw invalid("%s must be %d to %d, got: %d".formatted(field, least, most, number));
    }
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }
}
