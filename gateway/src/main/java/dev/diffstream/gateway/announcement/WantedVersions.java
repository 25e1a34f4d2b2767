package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.announcement.DiffLoader.Loaded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.service.Quarantine;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Versions of one kind that are to be loaded beside what serves, at most one of a task. One that
 * cannot be loaded is tried again on its own clock, under {@code <kind>/<task>} in the quarantine.
 * Belongs to the follower's thread.
 */
final class WantedVersions {
  private final String kind;
  private final DiffLoader loader;
  private final Background background;
  private final Quarantine quarantine;
  private final Map<String, Wanted> wanted = new HashMap<>();

  /** One that is to be loaded. */
  static final class Wanted {
    private final PendingLoad task;
    private final AliasTarget target;
    private final LoadRetries retries = new LoadRetries();
    private boolean loading;

    Wanted(PendingLoad task, AliasTarget target) {
      this.task = task;
      this.target = target;
    }

    PendingLoad task() {
      return task;
    }

    AliasTarget target() {
      return target;
    }

    /** How the tries to load it have failed. */
    LoadRetries retries() {
      return retries;
    }
  }

  /** Hears how loading ends, unless it was overtaken. */
  interface Listener {
    void loaded(Wanted version, Loaded loaded);

    /** It has failed otherwise than the time before, and is tried again. */
    void failed(Wanted version, DiffstreamException failure);
  }

  /** What came of loading one: a diff, or a failure. */
  private record Outcome(@Nullable Loaded loaded, @Nullable DiffstreamException failure) {}

  /**
   * @param kind names them in the quarantine
   */
  WantedVersions(String kind, DiffLoader loader, Background background, Quarantine quarantine) {
    this.kind = kind;
    this.loader = loader;
    this.background = background;
    this.quarantine = quarantine;
  }

  /** The version that its task wants from now on. */
  void put(PendingLoad task, AliasTarget target) {
    wanted.put(task.task(), new Wanted(task, target));
  }

  /** Nothing of the task is to be loaded. */
  void forget(String task) {
    wanted.remove(task);
    quarantine.resolve(key(task));
  }

  private String key(String task) {
    return kind + "/" + task;
  }

  /** Digests of those that are still to be loaded. */
  List<String> digests() {
    return wanted.values().stream().map(version -> version.target.digest()).toList();
  }

  /** Whether one has not been tried to its end. */
  boolean isUnderWay() {
    return wanted.values().stream().anyMatch(version -> version.retries.isNew());
  }

  /** Whether something is to be started now. */
  boolean isAnyDue() {
    return due().findAny().isPresent();
  }

  private Stream<Wanted> due() {
    Set<String> retries = wanted.isEmpty() ? Set.of() : new HashSet<>(quarantine.due());
    return wanted.values().stream()
        .filter(version -> !version.loading)
        .filter(version -> version.retries.isNew() || retries.contains(key(version.task.task())));
  }

  /** Starts those that are due. */
  void start(Listener listener) {
    due().toList().forEach(version -> begin(version, listener));
  }

  private void begin(Wanted version, Listener listener) {
    version.loading = true;
    background.start(
        () -> load(version), outcome -> ended(version, outcome, listener), WantedVersions::keep);
  }

  private Outcome load(Wanted version) {
    try {
      return new Outcome(
          Attempt.load(loader, version.task.announced(), version.target, version.task.trace()),
          null);
    } catch (DiffstreamException e) {
      return new Outcome(null, e);
    }
  }

  private static void keep(Outcome outcome) {
    if (outcome.loaded() != null) {
      outcome.loaded().keep().run();
    }
  }

  private void ended(Wanted version, Outcome outcome, Listener listener) {
    version.loading = false;
    Loaded loaded = outcome.loaded();
    String task = version.task.task();
    if (loaded == null) {
      failed(version, Objects.requireNonNull(outcome.failure()), listener);
    } else if (wanted.remove(task, version)) {
      quarantine.resolve(key(task));
      listener.loaded(version, loaded);
    } else {
      loaded.diff().prepared().release(); // overtaken
    }
  }

  private void failed(Wanted version, DiffstreamException e, Listener listener) {
    String task = version.task.task();
    if (wanted.get(task) != version) {
      return;
    }
    boolean anew = version.retries.failedAnew(e.code());
    version.retries.setAside(quarantine, key(task), e, e.code());
    if (anew) {
      listener.failed(version, e);
    }
  }
}
