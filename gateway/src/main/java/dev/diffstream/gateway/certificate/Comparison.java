package dev.diffstream.gateway.certificate;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.schemas.DiffstreamException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks diffs their probes again and compares. Belongs to the thread of certificates, except {@link
 * #abandon}.
 */
final class Comparison {
  private static final Logger LOG = LoggerFactory.getLogger(Comparison.class);

  private final ProbeReplay replay;
  private final FirstAnswers first;
  private final ResidentDiff subject;
  private volatile boolean abandoned;

  /**
   * What was found of other tasks.
   *
   * @param tasks that were compared
   * @param different ids of those that gave other bits than before
   */
  record Found(int tasks, List<String> different) {}

  /**
   * @param subject the version that has begun to serve
   */
  Comparison(ProbeReplay replay, FirstAnswers first, ResidentDiff subject) {
    this.replay = replay;
    this.first = first;
    this.subject = subject;
  }

  ResidentDiff subject() {
    return subject;
  }

  /** Nobody wants to know any more. By any thread. */
  void abandon() {
    abandoned = true;
  }

  /** Notes what the version says, to be compared from now on. */
  void noteFirst() {
    if (!abandoned && !first.contains(subject.digest())) {
      ask(subject);
    }
  }

  /**
   * Compares other tasks over the same base, as many as are in memory and not more than {@code
   * most}, beginning behind the version's task in the order of ids and going on at the first id, so
   * that versions of different tasks test different ones. A task that was never asked before is
   * counted among these, but there is nothing to compare it with.
   *
   * @param served what serves, by task
   * @return empty if it was abandoned
   */
  Optional<Found> compareOthers(SortedMap<String, ResidentDiff> served, int most) {
    int asked = 0;
    int compared = 0;
    List<String> different = new ArrayList<>();
    for (ResidentDiff other : (Iterable<ResidentDiff>) ring(served)::iterator) {
      if (asked == most) {
        break;
      }
      if (abandoned) {
        return Optional.empty();
      }
      Answer answer = ask(other);
      asked += answer == Answer.NOT_IN_MEMORY ? 0 : 1;
      compared += answer == Answer.EQUAL || answer == Answer.DIFFERENT ? 1 : 0;
      if (answer == Answer.DIFFERENT) {
        different.add(other.taskId());
      }
    }
    return abandoned ? Optional.empty() : Optional.of(new Found(compared, different));
  }

  private Stream<ResidentDiff> ring(SortedMap<String, ResidentDiff> served) {
    String task = subject.taskId();
    return Stream.concat(
            served.tailMap(task).values().stream(), served.headMap(task).values().stream())
        .filter(other -> !other.taskId().equals(task))
        .filter(other -> other.metadata().baseDigest().equals(subject.metadata().baseDigest()));
  }

  private enum Answer {
    NOT_IN_MEMORY,
    FIRST,
    EQUAL,
    DIFFERENT
  }

  private Answer ask(ResidentDiff diff) {
    PreparedDiff inMemory = diff.prepared().acquireIfInMemory().orElse(null);
    if (inMemory == null) {
      return Answer.NOT_IN_MEMORY;
    }
    try {
      return first
          .compare(diff.digest(), replay.replay(inMemory))
          .map(equal -> equal ? Answer.EQUAL : Answer.DIFFERENT)
          .orElse(Answer.FIRST);
    } catch (DiffstreamException e) {
      if (e.code().retryable()) { // the gateway stops
        abandon();
        return Answer.FIRST;
      }
      return failed(diff, e);
    } catch (RuntimeException e) {
      return failed(diff, e);
    } finally {
      inMemory.release();
    }
  }

  /** It has passed its self-test: no answer is another answer. */
  private static Answer failed(ResidentDiff diff, RuntimeException e) {
    LOG.error("task={} digest={} does not answer its probes", diff.taskId(), diff.digest(), e);
    return Answer.DIFFERENT;
  }
}
