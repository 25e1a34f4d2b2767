package dev.diffstream.registry.quota;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The rows that each owner's runs have trained on, and until when they count. What is said twice of
 * an attempt counts once, by the earlier time, so that every registry comes to the same, in
 * whichever order it reads. Belongs to the registrar's thread.
 */
final class TrainedExamples {
  private final long most;
  private final Duration window;
  private final Map<String, OfOwner> byOwner = new HashMap<>();

  /**
   * @param most rows that an owner's runs may train on within the window
   */
  TrainedExamples(long most, Duration window) {
    this.most = most;
    this.window = window;
  }

  /** An attempt that has ended. */
  private record Attempt(Instant time, String name, long rows) implements Comparable<Attempt> {
    private static final Comparator<Attempt> ORDER =
        Comparator.comparing(Attempt::time).thenComparing(Attempt::name);

    @Override
    public int compareTo(Attempt other) {
      return ORDER.compare(this, other);
    }
  }

  private static final class OfOwner {
    private final NavigableSet<Attempt> attempts = new TreeSet<>();
    private final Map<String, Attempt> byName = new HashMap<>();
    private @Nullable Instant freeAt;
    private boolean isCurrent;
  }

  /**
   * An attempt of a run of the owner has ended.
   *
   * @param rows that it read to train on
   */
  void add(String owner, String runId, long attempt, long rows, Instant time) {
    OfOwner known = byOwner.computeIfAbsent(owner, name -> new OfOwner());
    String name = runId + "/" + attempt;
    Attempt before = known.byName.get(name);
    if (before != null && !time.isBefore(before.time())) {
      return;
    }
    if (before != null) {
      known.attempts.remove(before);
    }
    Attempt added = new Attempt(time, name, rows);
    known.byName.put(name, added);
    known.attempts.add(added);
    known.isCurrent = false;
    forgetOld(known);
  }

  /** What lies far before the newest counts no more, however the clocks go. */
  private void forgetOld(OfOwner known) {
    Instant oldest = known.attempts.last().time().minus(window.multipliedBy(2));
    while (known.attempts.first().time().isBefore(oldest)) {
      known.byName.remove(known.attempts.removeFirst().name());
    }
  }

  /** When the owner has used less than it may; empty: it does already, whatever the time is. */
  Optional<Instant> freeAt(String owner) {
    OfOwner known = byOwner.get(owner);
    if (known == null) {
      return Optional.empty();
    }
    if (!known.isCurrent) {
      known.freeAt = freeAt(known);
      known.isCurrent = true;
    }
    return Optional.ofNullable(known.freeAt);
  }

  /** As long as the newest attempts that make up all of the quota lie in the window, it is used. */
  private @Nullable Instant freeAt(OfOwner known) {
    long rows = 0;
    for (Attempt attempt : known.attempts.descendingSet()) {
      rows += attempt.rows();
      if (rows >= most) {
        return attempt.time().plus(window);
      }
    }
    return null;
  }
}
