package dev.diffstream.registry.retraining;

import dev.diffstream.registry.fleet.GatewayWords.Word;
import dev.diffstream.schemas.correction.Retraining.Condition;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.Confidence;
import dev.diffstream.schemas.event.GatewayResidency.Window;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How far the confidence of a champion's latest answers lies from that of its first ones, over all
 * gateways, in standard errors of the difference of two means: {@code (m2 - m1) / sqrt(v1 / n1 + v2
 * / n2)}, the statistic of the two-sample test without equal variances (NIST/SEMATECH e-Handbook of
 * Statistical Methods, 1.3.5.3). With windows of this size it is compared with a normal
 * distribution.
 *
 * @param gateways that have said something
 * @param reference of all of them
 * @param latest of all of them
 */
record ConfidenceDrift(int gateways, Window reference, Window latest) {
  static final String NAME = "confidenceDrift";

  /** Fewer answers in a window say nothing. */
  static final int MIN_ANSWERS = 200;

  private static final Window NONE = new Window(0, 0, 0);

  /** Probabilities are told apart down to here: they come from numbers with 24 bits. */
  private static final double SMALLEST_ERROR = 0x1p-24;

  /**
   * @param words of all gateways about the task; those about another version are left out, as is
   *     what cannot be
   * @param champion digest of its diff; null if there is none
   */
  static ConfidenceDrift of(List<Word> words, @Nullable String champion) {
    List<Confidence> said =
        words.stream()
            .map(Word::residency)
            .filter(word -> champion != null && champion.equals(word.digest()))
            .map(GatewayResidency::confidence)
            .flatMap(Stream::ofNullable)
            .filter(c -> isPossible(c.reference()) && isPossible(c.latest()))
            .toList();
    return new ConfidenceDrift(
        said.size(),
        said.stream().map(Confidence::reference).reduce(NONE, ConfidenceDrift::both),
        said.stream().map(Confidence::latest).reduce(NONE, ConfidenceDrift::both));
  }

  private static boolean isPossible(@Nullable Window window) {
    return window != null
        && window.answers() > 1
        && window.answers() < 1L << 32
        && window.mean() >= 0
        && window.mean() <= 1
        && window.variance() >= 0
        && window.variance() <= 1;
  }

  /** Mean and variance of the answers of both. */
  private static Window both(Window a, Window b) {
    if (a.answers() == 0) {
      return b;
    }
    long answers = a.answers() + b.answers();
    double apart = b.mean() - a.mean();
    double squares =
        a.variance() * (a.answers() - 1)
            + b.variance() * (b.answers() - 1)
            + apart * apart * a.answers() * b.answers() / answers;
    return new Window(answers, a.mean() + apart * b.answers() / answers, squares / (answers - 1));
  }

  /** Whether there are answers enough to tell. */
  boolean isKnown() {
    return Math.min(reference.answers(), latest.answers()) >= MIN_ANSWERS;
  }

  double z() {
    double error =
        Math.sqrt(
            reference.variance() / reference.answers() + latest.variance() / latest.answers());
    return (latest.mean() - reference.mean()) / Math.max(error, SMALLEST_ERROR);
  }

  /** The condition of a rule that asks for so many standard errors, up or down. */
  Condition condition(double threshold) {
    if (!isKnown()) {
      return new Condition(
          NAME,
          null,
          threshold,
          false,
          "gateways have told of %d first and %d latest answers of the champion, %d of each are needed to tell"
              .formatted(reference.answers(), latest.answers(), MIN_ANSWERS));
    }
    double z = z();
    return new Condition(
        NAME,
        z,
        threshold,
        Math.abs(z) >= threshold,
        String.format(
            Locale.ROOT,
            "mean confidence %.4f of the latest %d answers, %.4f of the first %d, at %d gateways: %.2f standard errors apart, %.2f are asked for",
            latest.mean(),
            latest.answers(),
            reference.mean(),
            reference.answers(),
            gateways,
            z,
            threshold));
  }
}
