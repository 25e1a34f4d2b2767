package dev.diffstream.gateway;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What this gateway serves, as of one moment; immutable. The follower's thread builds the next
 * image; a request reads the newest once and keeps to it.
 *
 * @param failed tasks whose newest announcement could not be loaded; an older version may serve
 * @param ready whether the announcements were read to the end and each was tried
 */
record ServingImage(
    SortedMap<String, ResidentDiff> resident, SortedMap<String, Failure> failed, boolean ready) {
  static final ServingImage EMPTY = new ServingImage(new TreeMap<>(), new TreeMap<>(), false);

  /** Why a version is not served. */
  record Failure(long version, ErrorCode code, String reason) {}

  ServingImage {
    resident = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(resident));
    failed = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(failed));
  }

  /** Every task of which this gateway knows. */
  SortedSet<String> tasks() {
    SortedSet<String> names = new TreeSet<>(resident.keySet());
    names.addAll(failed.keySet());
    return names;
  }

  /** The diff that answers for {@code task}, or the reason why there is none. */
  ResidentDiff find(String task) {
    ResidentDiff diff = resident.get(task);
    if (diff != null) {
      return diff;
    }
    Failure failure = failed.get(task);
    if (failure != null) {
      throw new DiffstreamException(
          failure.code(),
          "version "
              + failure.version()
              + " of task "
              + task
              + " is not loaded: "
              + failure.reason());
    }
    if (!ready) {
      throw new DiffstreamException(
          ErrorCode.OVERLOADED, "the gateway is loading; task " + task + " is not here yet");
    }
    throw new DiffstreamException(ErrorCode.TASK_UNKNOWN, "no task " + task + " is served here");
  }

  /** As {@link #find(String)}, but of exactly this version. */
  ResidentDiff find(String task, String version) {
    ResidentDiff diff = find(task);
    if (!Long.toString(diff.version()).equals(version)) {
      throw new DiffstreamException(
          ErrorCode.VERSION_UNKNOWN,
          "task " + task + " is served in version " + diff.version() + ", not " + version);
    }
    return diff;
  }

  ServingImage withResident(ResidentDiff diff) {
    SortedMap<String, ResidentDiff> next = new TreeMap<>(resident);
    next.put(diff.taskId(), diff);
    SortedMap<String, Failure> rest = new TreeMap<>(failed);
    rest.remove(diff.taskId());
    return new ServingImage(next, rest, ready);
  }

  ServingImage withFailure(String task, Failure failure) {
    SortedMap<String, Failure> next = new TreeMap<>(failed);
    next.put(task, failure);
    return new ServingImage(resident, next, ready);
  }

  ServingImage without(String task) {
    SortedMap<String, ResidentDiff> next = new TreeMap<>(resident);
    next.remove(task);
    SortedMap<String, Failure> rest = new TreeMap<>(failed);
    rest.remove(task);
    return new ServingImage(next, rest, ready);
  }

  ServingImage asReady() {
    return new ServingImage(resident, failed, true);
  }
}
