package dev.diffstream.gateway.catalog;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.registry.Provisional;
import dev.diffstream.service.UnavailableException;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a gateway serves, as of one moment; immutable. The follower's thread builds the next
 * catalog; a request reads the newest once and keeps to it.
 *
 * @param resident what answers, by task
 * @param failed why the newest announcement of a task could not be loaded; an older version may
 *     serve
 * @param loading tasks that were announced and have not been tried yet
 * @param provisional heads of tasks without a champion; recorded, not served
 * @param ready whether the announcements were read to the end and everything that can be loaded was
 */
public record ServingCatalog(
    SortedMap<String, ResidentDiff> resident,
    SortedMap<String, Failure> failed,
    SortedSet<String> loading,
    SortedMap<String, Provisional> provisional,
    boolean ready) {
  public static final ServingCatalog EMPTY =
      new ServingCatalog(new TreeMap<>(), new TreeMap<>(), new TreeSet<>(), new TreeMap<>(), false);

  /** Why a version is not served. */
  public record Failure(long version, ErrorCode code, String reason) {}

  public ServingCatalog {
    resident = Collections.unmodifiableSortedMap(new TreeMap<>(resident));
    failed = Collections.unmodifiableSortedMap(new TreeMap<>(failed));
    loading = Collections.unmodifiableSortedSet(new TreeSet<>(loading));
    provisional = Collections.unmodifiableSortedMap(new TreeMap<>(provisional));
  }

  /** Every task of which this gateway knows. */
  public SortedSet<String> tasks() {
    SortedSet<String> names = new TreeSet<>(resident.keySet());
    names.addAll(failed.keySet());
    names.addAll(loading);
    names.addAll(provisional.keySet());
    return names;
  }

  /**
   * The diff that answers for {@code task}.
   *
   * @throws UnavailableException if the task is known and nothing of it can serve: NOT_READY, or
   *     the code of a failure that does not pass
   * @throws DiffstreamException TASK_UNKNOWN
   */
  public ResidentDiff find(String task) {
    ResidentDiff diff = resident.get(task);
    if (diff != null) {
      return diff;
    }
    Failure failure = failed.get(task);
    if (failure != null) {
      throw new UnavailableException(
          failure.code().retryable() ? ErrorCode.NOT_READY : failure.code(),
          "version %d of task %s is not loaded: %s"
              .formatted(failure.version(), task, failure.reason()));
    }
    if (provisional.containsKey(task)) {
      throw new UnavailableException(ErrorCode.NOT_READY, "task " + task + " has no champion yet");
    }
    if (loading.contains(task)) {
      throw new UnavailableException(ErrorCode.NOT_READY, "task " + task + " is being loaded");
    }
    if (!ready) {
      throw new UnavailableException(
          ErrorCode.NOT_READY, "the gateway is loading; task " + task + " is not here yet");
    }
    throw new DiffstreamException(ErrorCode.TASK_UNKNOWN, "no task " + task + " is served here");
  }

  /** As {@link #find(String)}, but of exactly this version, else VERSION_UNKNOWN. */
  public ResidentDiff find(String task, String version) {
    ResidentDiff diff = find(task);
    if (!Long.toString(diff.version()).equals(version)) {
      throw new DiffstreamException(
          ErrorCode.VERSION_UNKNOWN,
          "task " + task + " is served in version " + diff.version() + ", not " + version);
    }
    return diff;
  }

  /** {@code diff} serves; a failure and a provisional of its task are forgotten. */
  public ServingCatalog withChampion(ResidentDiff diff) {
    Draft next = new Draft(this);
    next.forget(diff.taskId());
    next.resident.put(diff.taskId(), diff);
    return next.build();
  }

  /** The newest announcement of {@code task} failed; what is resident goes on. */
  public ServingCatalog withFailure(String task, Failure failure) {
    Draft next = new Draft(this);
    next.loading.remove(task);
    next.provisional.remove(task);
    next.failed.put(task, failure);
    return next.build();
  }

  /** {@code diff}, the previous version, serves while its champion has failed. */
  public ServingCatalog withPrevious(ResidentDiff diff) {
    Draft next = new Draft(this);
    next.resident.put(diff.taskId(), diff);
    return next.build();
  }

  /** The task has no champion but a provisional, which does not serve. */
  public ServingCatalog withProvisional(String task, Provisional head) {
    Draft next = new Draft(this);
    next.forget(task);
    next.provisional.put(task, head);
    return next.build();
  }

  /** Announcements of {@code tasks} were read and wait to be tried. */
  public ServingCatalog withLoading(Collection<String> tasks) {
    Draft next = new Draft(this);
    next.loading.addAll(tasks);
    return next.build();
  }

  public ServingCatalog without(String task) {
    Draft next = new Draft(this);
    next.forget(task);
    return next.build();
  }

  public ServingCatalog asReady() {
    return new ServingCatalog(resident, failed, loading, provisional, true);
  }

  /** Copies that may be changed. */
  private static final class Draft {
    final SortedMap<String, ResidentDiff> resident;
    final SortedMap<String, Failure> failed;
    final SortedSet<String> loading;
    final SortedMap<String, Provisional> provisional;
    final boolean ready;

    Draft(ServingCatalog from) {
      resident = new TreeMap<>(from.resident);
      failed = new TreeMap<>(from.failed);
      loading = new TreeSet<>(from.loading);
      provisional = new TreeMap<>(from.provisional);
      ready = from.ready;
    }

    void forget(String task) {
      resident.remove(task);
      failed.remove(task);
      loading.remove(task);
      provisional.remove(task);
    }

    ServingCatalog build() {
      return new ServingCatalog(resident, failed, loading, provisional, ready);
    }
  }
}
