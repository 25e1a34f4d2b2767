package dev.diffstream.registry.admission;

import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.registry.runs.RunNews;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The task events without an outcome. Of events with the same name, and so of the same run, the
 * first one is at its head and the others wait behind it: only one of them is learned at a time.
 * Belongs to the registrar's thread.
 */
final class TaskQueue {
  private final RunLedger ledger;
  private final Map<String, QueuedEvent> byPlace = new HashMap<>();
  private final Map<String, Deque<QueuedEvent>> byRun = new HashMap<>();
  private final Map<String, Set<QueuedEvent>> waitingByOwner = new HashMap<>();
  private final Map<String, Set<QueuedEvent>> runningByOwner = new HashMap<>();
  private final SeenPlaces seen = new SeenPlaces();
  private final Set<String> published = new HashSet<>();
  private final Map<String, Decision> early = new HashMap<>(); // of events not read yet
  private long order;

  TaskQueue(RunLedger ledger) {
    this.ledger = ledger;
  }

  /** False if the record at this place has come before. */
  boolean see(String place) {
    return seen.add(place);
  }

  boolean hasSeen(String place) {
    return seen.contains(place);
  }

  /** Empty if the event has its outcome. */
  Optional<QueuedEvent> add(TaskEvent event, Instant now) {
    String run = event.runId();
    if (ledger.hasDeadLetterAt(event.place())
        || (!byRun.containsKey(run) && ledger.hasDiff(run) && published.add(run))) {
      early.remove(event.place());
      return Optional.empty();
    }
    order++;
    QueuedEvent queued = new QueuedEvent(event, order, now);
    byPlace.put(event.place(), queued);
    byRun.computeIfAbsent(run, name -> new ArrayDeque<>()).add(queued);
    if (isHead(queued)) {
      queued.becomesHead(ledger.deadLettered(run));
    }
    Decision decision = early.remove(event.place());
    if (decision != null) {
      queued.decided(decision);
      ledger.progress(run).flatMap(RunLedger::newsOf).ifPresent(news -> hear(queued, news));
    }
    return Optional.of(queued);
  }

  /** An event has a decision; it may not have been read yet. */
  Optional<QueuedEvent> decided(Decision decision) {
    QueuedEvent queued = byPlace.get(decision.place());
    if (queued != null) {
      queued.decided(decision);
    } else if (!seen.contains(decision.place())) {
      early.put(decision.place(), decision);
    }
    return Optional.ofNullable(queued);
  }

  /** The event of the run that is learned, or would be. */
  Optional<QueuedEvent> head(String runId) {
    Deque<QueuedEvent> events = byRun.get(runId);
    return events == null ? Optional.empty() : Optional.of(events.getFirst());
  }

  boolean isHead(QueuedEvent queued) {
    return head(queued.event().runId()).filter(first -> first == queued).isPresent();
  }

  Optional<QueuedEvent> at(String place) {
    return Optional.ofNullable(byPlace.get(place));
  }

  Collection<QueuedEvent> all() {
    return byPlace.values();
  }

  static void hear(QueuedEvent queued, RunNews news) {
    switch (news) {
      case RunNews.Taken taken -> queued.taken(taken.admission());
      case RunNews.Paused paused -> queued.paused(paused.admission());
      case RunNews.Published done -> {}
      case RunNews.DeadLettered done -> {}
      case RunNews.Trained done -> {}
    }
  }

  /**
   * A run has a diff: the event at its head has its outcome.
   *
   * @return that event; empty if it was known, or no event of the run waits
   */
  Optional<QueuedEvent> publish(String runId) {
    Optional<QueuedEvent> head = head(runId);
    return head.isPresent() && published.add(runId) ? head : Optional.empty();
  }

  /**
   * The event has its outcome.
   *
   * @return the next one of its run, which is at the head now
   */
  Optional<QueuedEvent> remove(QueuedEvent queued) {
    String run = queued.event().runId();
    boolean wasHead = isHead(queued);
    byPlace.remove(queued.event().place());
    Deque<QueuedEvent> events = byRun.get(run);
    if (events != null) {
      events.remove(queued);
      if (events.isEmpty()) {
        byRun.remove(run);
      }
    }
    move(waitingByOwner, queued, false);
    move(runningByOwner, queued, false);
    Optional<QueuedEvent> next = wasHead ? head(run) : Optional.empty();
    next.ifPresent(event -> event.becomesHead(ledger.deadLettered(run)));
    return next;
  }

  /** Counts the event as its state says. */
  void count(QueuedEvent queued) {
    move(waitingByOwner, queued, !queued.isAdmitted() && !queued.isPaused());
    move(runningByOwner, queued, queued.isAdmitted());
  }

  int waiting(String owner) {
    return waitingByOwner.getOrDefault(owner, Set.of()).size();
  }

  /** The owners of which an event waits. */
  Set<String> waitingOwners() {
    return Set.copyOf(waitingByOwner.keySet());
  }

  /** The events of an owner that wait. */
  Set<QueuedEvent> waitingOf(String owner) {
    return Set.copyOf(waitingByOwner.getOrDefault(owner, Set.of()));
  }

  int running(String owner) {
    return runningByOwner.getOrDefault(owner, Set.of()).size();
  }

  private static void move(
      Map<String, Set<QueuedEvent>> byOwner, QueuedEvent queued, boolean belongs) {
    String owner = queued.event().owner();
    if (belongs) {
      byOwner.computeIfAbsent(owner, name -> new HashSet<>()).add(queued);
    } else if (byOwner.containsKey(owner)) {
      Set<QueuedEvent> events = byOwner.get(owner);
      events.remove(queued);
      if (events.isEmpty()) {
        byOwner.remove(owner);
      }
    }
  }
}
