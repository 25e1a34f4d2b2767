package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.announcement.DiffLoader.Loaded;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServedAs;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.registry.AliasTarget;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the version that each task's generation names as its previous one beside the champion, so
 * that the way back needs no loading. A bound on their memory lets go of those that were kept
 * first; their files stay in the cache. Belongs to the follower's thread.
 */
final class PreviousVersions {
  private static final Logger LOG = LoggerFactory.getLogger(PreviousVersions.class);

  private final DiffLoader loader;
  private final ServedCatalog served;
  private final Background background;
  private final ProbeReplays replays;
  private final long maxBytes;
  private final Map<String, Long> kept = new LinkedHashMap<>();
  private final Map<String, PendingLoad> wanted = new LinkedHashMap<>();
  private final Deque<String> toLoad = new ArrayDeque<>();
  private boolean loading;
  private long bytes;

  /**
   * @param maxBytes that prepared previous versions may take; 0: none are kept
   */
  PreviousVersions(
      DiffLoader loader,
      ServedCatalog served,
      Background background,
      ProbeReplays replays,
      long maxBytes) {
    this.loader = loader;
    this.served = served;
    this.background = background;
    this.replays = replays;
    this.maxBytes = maxBytes;
  }

  /**
   * {@code next}, in which {@code champion} serves, with what its generation names as previous, if
   * that is here; else it will be loaded. {@link #trim} follows once it is the newest catalog.
   */
  ServingCatalog beside(ResidentDiff champion, PendingLoad task, ServingCatalog next) {
    String id = task.task();
    AliasTarget target = task.previous();
    forget(id);
    if (target == null || maxBytes == 0 || ServedCatalog.isOf(champion, target)) {
      return next;
    }
    Optional<ResidentDiff> here = served.find(id, target);
    if (here.isEmpty()) {
      wanted.put(id, task);
      toLoad.add(id);
      return next;
    }
    noteKept(here.get());
    return next.withPrevious(here.get().as(ServedAs.PREVIOUS));
  }

  /** Digests of those that are still to be loaded. */
  List<String> wantedDigests() {
    return wanted.values().stream()
        .flatMap(task -> Stream.ofNullable(task.previous()))
        .map(AliasTarget::digest)
        .toList();
  }

  /** Nothing of the task is to be kept. The caller takes it out of the catalog. */
  void forget(String task) {
    wanted.remove(task);
    Long before = kept.remove(task);
    bytes -= before == null ? 0 : before;
  }

  /** Lets go of a diff, if it is one of these. */
  void drop(ResidentDiff diff) {
    String task = diff.taskId();
    ResidentDiff here = served.newest().previous().get(task);
    if (here != null && here.prepared() == diff.prepared()) {
      drop(task);
    }
  }

  private void drop(String task) {
    forget(task);
    served.replace(task, served.newest().withoutPrevious(task));
  }

  private void noteKept(ResidentDiff diff) {
    kept.put(diff.taskId(), diff.prepared().bytes());
    bytes += diff.prepared().bytes();
  }

  /** Lets go of those that were kept first, as far as the bound demands. */
  void trim() {
    while (bytes > maxBytes) {
      drop(kept.keySet().iterator().next());
    }
  }

  /** Loads one that is wanted and not here, unless one is being loaded. */
  void start() {
    while (!loading && !toLoad.isEmpty()) {
      PendingLoad task = wanted.get(toLoad.remove());
      AliasTarget target = task == null ? null : task.previous();
      if (task != null && target != null && bytes < maxBytes) {
        loading = true;
        background.start(() -> load(task, target), loaded -> ended(task, loaded), this::keep);
      }
    }
  }

  private Optional<Loaded> load(PendingLoad task, AliasTarget target) {
    try {
      return Optional.of(Attempt.load(loader, task.announced(), target, task.trace()));
    } catch (DiffstreamException e) {
      LOG.warn("previous version of task {} is not kept: {}", task.task(), e.getMessage());
      return Optional.empty();
    }
  }

  private void keep(Optional<Loaded> loaded) {
    loaded.ifPresent(found -> found.keep().run());
  }

  private void ended(PendingLoad task, Optional<Loaded> loaded) {
    loading = false;
    if (!wanted.remove(task.task(), task)) {
      loaded.ifPresent(found -> found.diff().prepared().release());
      return;
    }
    loaded.ifPresent(
        found -> {
          ResidentDiff diff = found.diff().as(ServedAs.PREVIOUS);
          served.replace(task.task(), served.newest().withPrevious(diff));
          noteKept(diff);
          trim();
          replays.add(found);
        });
  }
}
