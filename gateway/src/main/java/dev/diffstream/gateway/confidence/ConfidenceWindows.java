package dev.diffstream.gateway.confidence;

import dev.diffstream.schemas.event.GatewayResidency.Confidence;

/**
 * The first answers of a version and its latest ones; immutable. The latest are two buckets of
 * answers that are full; a third is being filled and counts when it is full. Answers of one request
 * are never divided, so that a window may be larger by the texts of a request.
 *
 * @param reference the first answers, until there are {@link #REFERENCE}
 * @param before the bucket before the latest one that is full
 * @param latest the bucket that was filled last
 * @param filling the next one
 * @param filled how many buckets were filled
 */
record ConfidenceWindows(
    Moments reference, Moments before, Moments latest, Moments filling, long filled) {
  static final int REFERENCE = 500;
  static final int BUCKET = 250;

  static final ConfidenceWindows EMPTY =
      new ConfidenceWindows(Moments.NONE, Moments.NONE, Moments.NONE, Moments.NONE, 0);

  /** With the answers of one more request. */
  ConfidenceWindows plus(Moments answers) {
    if (reference.count() < REFERENCE) {
      return new ConfidenceWindows(reference.plus(answers), before, latest, filling, filled);
    }
    Moments fuller = filling.plus(answers);
    return fuller.count() < BUCKET
        ? new ConfidenceWindows(reference, before, latest, fuller, filled)
        : new ConfidenceWindows(reference, latest, fuller, Moments.NONE, filled + 1);
  }

  /** As a gateway tells it, once a bucket was filled. */
  Confidence told() {
    return new Confidence(reference.window(), before.plus(latest).window());
  }
}
