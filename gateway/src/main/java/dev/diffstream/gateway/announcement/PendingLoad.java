package dev.diffstream.gateway.announcement;

import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Provisional;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A task's newest announcement, until what it says serves is resident. */
final class PendingLoad {
  private final VersionAnnounced announced;
  private final Map<String, String> trace;
  private final Optional<Instant> time;
  private final LoadRetries retries = new LoadRetries();

  /**
   * @param trace of the announcement
   * @param time of the announcement; empty for what was announced before the gateway was ready
   */
  PendingLoad(VersionAnnounced announced, Map<String, String> trace, Optional<Instant> time) {
    this.announced = announced;
    this.trace = trace;
    this.time = time;
  }

  String task() {
    return announced.taskId();
  }

  Optional<Instant> time() {
    return time;
  }

  VersionAnnounced announced() {
    return announced;
  }

  Map<String, String> trace() {
    return trace;
  }

  private @Nullable AliasTarget champion() {
    return announced.aliases().get(AliasGeneration.CHAMPION);
  }

  @Nullable AliasTarget previous() {
    return announced.aliases().get(AliasGeneration.PREVIOUS);
  }

  @Nullable AliasTarget canary() {
    return announced.aliases().get(AliasGeneration.CANARY);
  }

  @Nullable AliasTarget candidate() {
    return announced.aliases().get(AliasGeneration.CANDIDATE);
  }

  /** What serves by default: the champion, else the provisional, as version 0; null for nothing. */
  @Nullable AliasTarget serving() {
    Provisional head = announced.provisional();
    AliasTarget champion = champion();
    return champion != null || head == null
        ? champion
        : new AliasTarget(0, head.digest(), head.baseDigest());
  }

  long servingVersion() {
    AliasTarget target = serving();
    return target == null ? 0 : target.version();
  }

  /** How the tries to load what serves have failed. */
  LoadRetries retries() {
    return retries;
  }

  /** Whether it has not been tried yet. */
  boolean isNew() {
    return retries.isNew();
  }
}
