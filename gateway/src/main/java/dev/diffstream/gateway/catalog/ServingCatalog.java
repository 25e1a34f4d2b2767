package dev.diffstream.gateway.catalog;

import static java.util.stream.Collectors.joining;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.registry.Provisional;
import dev.diffstream.service.UnavailableException;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.pcollections.PSortedMap;
import org.pcollections.PSortedSet;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * What a gateway serves, as of one moment; immutable. The follower's thread builds the next
 * catalog, which shares all but O(log n) of its parts with the one before; a request reads the
 * newest once and keeps to it.
 *
 * @param resident what answers, by task
 * @param previous the version before the resident one, where it is kept for a way back; answers
 *     those who ask for it by its number
 * @param failed why the newest announcement of a task could not be loaded; an older version may
 *     serve
 * @param loading tasks that were announced and have not been tried yet
 * @param provisional heads of tasks without a champion; recorded, not served
 * @param ready whether the announcements were read to the end and everything that can be loaded was
 */
public record ServingCatalog(
    PSortedMap<String, ResidentDiff> resident,
    PSortedMap<String, ResidentDiff> previous,
    PSortedMap<String, Failure> failed,
    PSortedSet<String> loading,
    PSortedMap<String, Provisional> provisional,
    boolean ready) {
  public static final ServingCatalog EMPTY =
      new ServingCatalog(
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePSet.empty(),
          TreePMap.empty(),
          false);

  /** Why a version is not served. */
  public record Failure(long version, ErrorCode code, String reason) {}

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
    ResidentDiff before = previous.get(task);
    if (Long.toString(diff.version()).equals(version)) {
      return diff;
    }
    if (before != null && Long.toString(before.version()).equals(version)) {
      return before;
    }
    throw new DiffstreamException(
        ErrorCode.VERSION_UNKNOWN,
        "task "
            + task
            + " is served in version "
            + versions(task).stream().map(String::valueOf).collect(joining(" and "))
            + ", not "
            + version);
  }

  /** The versions of {@code task} that can be asked, the one that serves first. */
  public List<Long> versions(String task) {
    return Stream.of(resident, previous)
        .flatMap(diffs -> Stream.ofNullable(diffs.get(task)))
        .map(ResidentDiff::version)
        .distinct()
        .toList();
  }

  /** {@code diff} serves; a failure and a provisional of its task are forgotten. */
  public ServingCatalog withChampion(ResidentDiff diff) {
    String task = diff.taskId();
    return new ServingCatalog(
        resident.plus(task, diff),
        previous,
        failed.minus(task),
        loading.minus(task),
        provisional.minus(task),
        ready);
  }

  /** The newest announcement of {@code task} failed; what is resident goes on. */
  public ServingCatalog withFailure(String task, Failure failure) {
    return new ServingCatalog(
        resident,
        previous,
        failed.plus(task, failure),
        loading.minus(task),
        provisional.minus(task),
        ready);
  }

  /** {@code diff} serves in place of a champion that has failed. */
  public ServingCatalog withStandIn(ResidentDiff diff) {
    return withDiffs(resident.plus(diff.taskId(), diff), previous);
  }

  /** {@code diff} is kept beside the resident one of its task. */
  public ServingCatalog withPrevious(ResidentDiff diff) {
    return withDiffs(resident, previous.plus(diff.taskId(), diff));
  }

  public ServingCatalog withoutPrevious(String task) {
    return withDiffs(resident, previous.minus(task));
  }

  /** Nothing serves {@code task}; what is known of it stays. */
  public ServingCatalog withoutResident(String task) {
    return withDiffs(resident.minus(task), previous);
  }

  private ServingCatalog withDiffs(
      PSortedMap<String, ResidentDiff> serving, PSortedMap<String, ResidentDiff> kept) {
    return new ServingCatalog(serving, kept, failed, loading, provisional, ready);
  }

  /** The task has no champion but a provisional, which does not serve. */
  public ServingCatalog withProvisional(String task, Provisional head) {
    ServingCatalog without = without(task);
    return new ServingCatalog(
        without.resident,
        without.previous,
        without.failed,
        without.loading,
        without.provisional.plus(task, head),
        ready);
  }

  /** Announcements of {@code tasks} were read and wait to be tried. */
  public ServingCatalog withLoading(Collection<String> tasks) {
    return new ServingCatalog(
        resident, previous, failed, loading.plusAll(tasks), provisional, ready);
  }

  public ServingCatalog without(String task) {
    return new ServingCatalog(
        resident.minus(task),
        previous.minus(task),
        failed.minus(task),
        loading.minus(task),
        provisional.minus(task),
        ready);
  }

  public ServingCatalog asReady() {
    return new ServingCatalog(resident, previous, failed, loading, provisional, true);
  }
}
