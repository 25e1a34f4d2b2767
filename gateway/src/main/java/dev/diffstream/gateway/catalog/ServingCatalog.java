package dev.diffstream.gateway.catalog;

import static java.util.stream.Collectors.joining;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
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
 * @param canary a version that answers a share of what is asked of the resident one's task, where
 *     the newest generation names one and it is loaded
 * @param failed why the newest announcement of a task could not be loaded; an older version may
 *     serve
 * @param loading tasks that were announced and have not been tried yet
 * @param elsewhere tasks of other bases, which other gateways serve, with the digest of the base
 * @param ready whether the announcements were read to the end and everything that can be loaded was
 */
public record ServingCatalog(
    PSortedMap<String, ResidentDiff> resident,
    PSortedMap<String, ResidentDiff> previous,
    PSortedMap<String, Canary> canary,
    PSortedMap<String, Failure> failed,
    PSortedSet<String> loading,
    PSortedMap<String, String> elsewhere,
    boolean ready) {
  public static final ServingCatalog EMPTY =
      new ServingCatalog(
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePSet.empty(),
          TreePMap.empty(),
          false);

  /** Why a version is not served. */
  public record Failure(long version, ErrorCode code, String reason) {}

  /**
   * A version beside a champion.
   *
   * @param weight the share of requests that it answers, from 0 to 1
   */
  public record Canary(ResidentDiff diff, double weight) {}

  /** Every task of which this gateway knows, those of other bases apart. */
  public SortedSet<String> tasks() {
    SortedSet<String> names = new TreeSet<>(resident.keySet());
    names.addAll(failed.keySet());
    names.addAll(loading);
    return names;
  }

  /** The diff that answers a request with this key: the canary where its share reaches so far. */
  public ResidentDiff find(String task, RoutingKey key) {
    ResidentDiff diff = find(task);
    Canary other = canary.get(task);
    return other != null && key.point(task) < other.weight() ? other.diff() : diff;
  }

  /**
   * The diff that answers for {@code task}, canaries apart.
   *
   * @throws UnavailableException if the task is known and nothing of it can serve: NOT_READY, or
   *     the code of a failure that does not pass
   * @throws DiffstreamException TASK_UNKNOWN; BASE_MISMATCH of a task of another base
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
          (failure.version() == 0 ? "the provisional" : "version " + failure.version())
              + " of task "
              + task
              + " is not loaded: "
              + failure.reason());
    }
    String base = elsewhere.get(task);
    if (base != null) {
      throw new DiffstreamException(
          ErrorCode.BASE_MISMATCH,
          "task " + task + " belongs to base " + base + ", which this gateway does not serve");
    }
    if (loading.contains(task)) {
      throw new UnavailableException(ErrorCode.NOT_READY, "task " + task + " is being loaded");
    }
    throw unknown(task);
  }

  /** What is said of a task that is not here, and of one that its asker may not know of. */
  public DiffstreamException unknown(String task) {
    return ready
        ? new DiffstreamException(ErrorCode.TASK_UNKNOWN, "no task " + task + " is served here")
        : new UnavailableException(
            ErrorCode.NOT_READY, "the gateway is loading; task " + task + " is not here yet");
  }

  /** As {@link #find(String)}, but of exactly this version, else VERSION_UNKNOWN. */
  public ResidentDiff find(String task, String version) {
    find(task);
    return diffs(task)
        .filter(diff -> Long.toString(diff.version()).equals(version))
        .findFirst()
        .orElseThrow(() -> notServed(task, version));
  }

  private DiffstreamException notServed(String task, String version) {
    return new DiffstreamException(
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
    return diffs(task).map(ResidentDiff::version).distinct().toList();
  }

  /** Every diff of {@code task} that is loaded, the one that serves first. */
  public Stream<ResidentDiff> diffs(String task) {
    return Stream.of(
            Stream.ofNullable(resident.get(task)),
            Stream.ofNullable(canary.get(task)).map(Canary::diff),
            Stream.ofNullable(previous.get(task)))
        .flatMap(diff -> diff);
  }

  /** {@code diff} alone serves; what else was known of its task is forgotten. */
  public ServingCatalog withOnly(ResidentDiff diff) {
    String task = diff.taskId();
    ServingCatalog others = without(task);
    return others.withDiffs(others.resident.plus(task, diff), others.previous, others.canary);
  }

  /** The newest announcement of {@code task} failed; what is resident goes on. */
  public ServingCatalog withFailure(String task, Failure failure) {
    return new ServingCatalog(
        resident,
        previous,
        canary,
        failed.plus(task, failure),
        loading.minus(task),
        elsewhere.minus(task),
        ready);
  }

  /** {@code diff} serves in place of a champion that has failed. */
  public ServingCatalog withStandIn(ResidentDiff diff) {
    return withDiffs(resident.plus(diff.taskId(), diff), previous, canary);
  }

  /** {@code diff} is kept beside the resident one of its task. */
  public ServingCatalog withPrevious(ResidentDiff diff) {
    return withDiffs(resident, previous.plus(diff.taskId(), diff), canary);
  }

  public ServingCatalog withoutPrevious(String task) {
    return withDiffs(resident, previous.minus(task), canary);
  }

  /** {@code other} answers a share of the requests of its task. */
  public ServingCatalog withCanary(Canary other) {
    return withDiffs(resident, previous, canary.plus(other.diff().taskId(), other));
  }

  public ServingCatalog withoutCanary(String task) {
    return withDiffs(resident, previous, canary.minus(task));
  }

  /** Nothing serves {@code task}; what is known of it stays. */
  public ServingCatalog withoutResident(String task) {
    return withDiffs(resident.minus(task), previous, canary);
  }

  private ServingCatalog withDiffs(
      PSortedMap<String, ResidentDiff> serving,
      PSortedMap<String, ResidentDiff> kept,
      PSortedMap<String, Canary> sharing) {
    return new ServingCatalog(serving, kept, sharing, failed, loading, elsewhere, ready);
  }

  /** Announcements of {@code tasks} were read and wait to be tried. */
  public ServingCatalog withLoading(Collection<String> tasks) {
    return new ServingCatalog(
        resident, previous, canary, failed, loading.plusAll(tasks), elsewhere, ready);
  }

  public ServingCatalog without(String task) {
    return new ServingCatalog(
        resident.minus(task),
        previous.minus(task),
        canary.minus(task),
        failed.minus(task),
        loading.minus(task),
        elsewhere.minus(task),
        ready);
  }

  /** The task belongs to this base, which is none of the gateway's. */
  public ServingCatalog withElsewhere(String task, String base) {
    ServingCatalog others = without(task);
    return new ServingCatalog(
        others.resident,
        others.previous,
        others.canary,
        others.failed,
        others.loading,
        elsewhere.plus(task, base),
        ready);
  }

  public ServingCatalog asReady() {
    return new ServingCatalog(resident, previous, canary, failed, loading, elsewhere, true);
  }
}
