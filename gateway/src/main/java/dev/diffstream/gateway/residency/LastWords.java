package dev.diffstream.gateway.residency;

import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.Certificate;
import dev.diffstream.schemas.event.GatewayResidency.Confidence;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.event.GatewayResidencyBuilder;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The last word about each task, and what was found of its newest versions since: that stands in
 * every word about the same version. Belongs to the follower's thread.
 */
final class LastWords {
  private final Map<String, Said> said = new HashMap<>();
  private final Map<String, Found> found = new HashMap<>();

  /**
   * A word.
   *
   * @param time when it was first said; what is added to it later does not change when the version
   *     was loaded
   */
  record Said(GatewayResidency word, Map<String, String> trace, Instant time) {}

  private record Found(
      String digest, @Nullable Certificate certificate, @Nullable Confidence confidence) {}

  /** The next word about a task, with what was found of its version. */
  Said say(String task, GatewayResidency word, Map<String, String> trace, Instant time) {
    Said next = new Said(complete(word), trace, time);
    said.put(task, next);
    return next;
  }

  /** The last word about the task once more, if it is about this version. */
  Optional<Said> certified(String task, String digest, Certificate certificate) {
    Found before = found(task, digest);
    found.put(task, new Found(digest, certificate, before.confidence()));
    return again(task, digest);
  }

  /** As {@link #certified}. */
  Optional<Said> confident(String task, String digest, Confidence confidence) {
    Found before = found(task, digest);
    found.put(task, new Found(digest, before.certificate(), confidence));
    return again(task, digest);
  }

  private Found found(String task, String digest) {
    Found before = found.get(task);
    return before != null && before.digest().equals(digest)
        ? before
        : new Found(digest, null, null);
  }

  private Optional<Said> again(String task, String digest) {
    Said last = said.get(task);
    return last == null || !isOf(last.word(), digest)
        ? Optional.empty()
        : Optional.of(say(task, last.word(), last.trace(), last.time()));
  }

  private GatewayResidency complete(GatewayResidency word) {
    Found of = found.get(word.taskId());
    return of == null || !isOf(word, of.digest())
        ? word
        : GatewayResidencyBuilder.builder(word)
            .certificate(of.certificate())
            .confidence(of.confidence())
            .build();
  }

  private static boolean isOf(GatewayResidency word, String digest) {
    return word.state() == State.LOADED && digest.equals(word.digest());
  }
}
