package dev.diffstream.registry.move;

import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A task's aliases, and what each kind of move makes of them. Immutable. */
record MovedAliases(Map<String, AliasTarget> aliases) {
  MovedAliases {
    aliases = Map.copyOf(aliases);
  }

  /**
   * The version is champion, the champion before it previous; it is no canary any more, and neither
   * it nor an older one is candidate.
   */
  MovedAliases promoted(AliasTarget version) {
    Map<String, AliasTarget> next = new HashMap<>(aliases);
    AliasTarget champion = next.put(AliasGeneration.CHAMPION, version);
    if (champion != null && champion.version() != version.version()) {
      next.put(AliasGeneration.PREVIOUS, champion);
    }
    if (names(AliasGeneration.CANARY, version.version())) {
      next.remove(AliasGeneration.CANARY);
    }
    AliasTarget candidate = next.get(AliasGeneration.CANDIDATE);
    if (candidate != null && candidate.version() <= version.version()) {
      next.remove(AliasGeneration.CANDIDATE);
    }
    return new MovedAliases(next);
  }

  /** The version is candidate no more; empty if it is not now. */
  Optional<MovedAliases> withoutCandidate(long version) {
    if (!names(AliasGeneration.CANDIDATE, version)) {
      return Optional.empty();
    }
    Map<String, AliasTarget> next = new HashMap<>(aliases);
    next.remove(AliasGeneration.CANDIDATE);
    return Optional.of(new MovedAliases(next));
  }

  MovedAliases withCanary(AliasTarget version) {
    Map<String, AliasTarget> next = new HashMap<>(aliases);
    next.put(AliasGeneration.CANARY, version);
    return new MovedAliases(next);
  }

  /** The previous version is champion, and none is previous; empty without a previous version. */
  Optional<MovedAliases> rolledBack() {
    AliasTarget previous = aliases.get(AliasGeneration.PREVIOUS);
    if (previous == null) {
      return Optional.empty();
    }
    Map<String, AliasTarget> next = new HashMap<>(aliases);
    next.put(AliasGeneration.CHAMPION, previous);
    next.remove(AliasGeneration.PREVIOUS);
    if (names(AliasGeneration.CANARY, previous.version())) {
      next.remove(AliasGeneration.CANARY);
    }
    return Optional.of(new MovedAliases(next));
  }

  /**
   * No alias names the version; a champion is not followed by another, and takes its canary with
   * it. Empty if none named it.
   *
   * @param version null: any
   */
  Optional<MovedAliases> withdrawn(@Nullable Long version) {
    Map<String, AliasTarget> next = new HashMap<>(aliases);
    next.values().removeIf(target -> version == null || target.version() == version);
    if (!next.containsKey(AliasGeneration.CHAMPION)) {
      next.remove(AliasGeneration.CANARY);
    }
    return next.size() == aliases.size() ? Optional.empty() : Optional.of(new MovedAliases(next));
  }

  /** The version is out of its place: a champion gives way to the previous, a canary to nothing. */
  Optional<MovedAliases> without(long badVersion) {
    if (names(AliasGeneration.CHAMPION, badVersion)) {
      return rolledBack();
    }
    if (!names(AliasGeneration.CANARY, badVersion)) {
      return Optional.empty();
    }
    Map<String, AliasTarget> next = new HashMap<>(aliases);
    next.remove(AliasGeneration.CANARY);
    return Optional.of(new MovedAliases(next));
  }

  boolean names(String alias, long version) {
    AliasTarget target = aliases.get(alias);
    return target != null && target.version() == version;
  }

  boolean hasChampion() {
    return aliases.containsKey(AliasGeneration.CHAMPION);
  }
}
