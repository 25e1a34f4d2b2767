package dev.diffstream.registry.admission;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.admission.KnownBases.Resolution;
import dev.diffstream.registry.intake.FailureReporter;
import dev.diffstream.registry.quota.OwnerQuotas;
import dev.diffstream.registry.runs.RunControls;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.registry.runs.RunNews;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.run.RunControl;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.service.Quarantine;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Lets task events through to the workers of their base, each once, in fair order, and a few ahead
 * of the workers. What is known of an event follows from topics and bucket alone: an event without
 * an outcome that stands in no work topic waits. Belongs to the registrar's thread, but for {@link
 * #asked}.
 */
public final class Admissions implements AutoCloseable {
  /** So often is a base looked for before its event is refused. */
  private static final int MIN_LOOKUPS = 5;

  private final SetAside setAside;
  private final AdmissionSettings settings;
  private final RunLedger ledger;
  private final EventFailures failures;
  private final InstantSource clock;
  private final BaseQueues bases;
  private final RunControls controls;
  private final StoredReports reports;
  private final TaskQueue tasks;
  private final OwnerQuotas quotas;
  private final OwnerTurns owners;
  private final Set<QueuedEvent> withoutBase = new LinkedHashSet<>();
  private final Map<String, Unreadable> unreadable = new LinkedHashMap<>();
  private final Queue<RunControl> asked = new ConcurrentLinkedQueue<>();
  private boolean basesRead;

  /** A record that is no task event. */
  private record Unreadable(Received received, DiffstreamException failure) {}

  /**
   * Something that may fail and be done again.
   *
   * @param key names it in health and logs
   * @param subject what it holds back until it is done
   */
  public record Work(String key, String subject, Runnable task) {}

  public Admissions(
      ObjectStore store,
      EventLog log,
      String registryId,
      AdmissionSettings settings,
      Quarantine quarantine,
      RunLedger ledger,
      FailureReporter reporter,
      StoredReports reports,
      OwnerQuotas quotas,
      InstantSource clock) {
    this.setAside = new SetAside(quarantine);
    this.settings = settings;
    this.ledger = ledger;
    this.failures = new EventFailures(store, reporter, clock);
    this.clock = clock;
    this.tasks = new TaskQueue(ledger);
    this.quotas = quotas;
    this.owners = new OwnerTurns(tasks, quotas, settings.maxRunningPerOwner());
    this.bases =
        new BaseQueues(store, log, registryId, settings, setAside, owners, clock, new Ends());
    this.controls = new RunControls(store, clock);
    this.reports = reports;
  }

  /**
   * Opens the work topics of the bases that are known.
   *
   * @return whether they are read to their ends
   */
  public boolean readTopics() {
    if (!basesRead) {
      bases.refresh();
      basesRead = true;
    }
    poll();
    return bases.caughtUp();
  }

  /**
   * To be called once, when all topics are read to their ends.
   *
   * @param controlledRuns of which the bucket holds control objects
   */
  public void readBucket(Collection<String> controlledRuns) {
    for (String run : controlledRuns) {
      tasks.head(run).ifPresent(this::readControl);
    }
    bases.queues().forEach(BaseQueue::readLog);
  }

  /** As {@link #readBucket}, for every event that has no outcome. */
  public void readBucketOfAll() {
    readBucket(tasks.all().stream().map(event -> event.event().runId()).distinct().toList());
  }

  /** Looks for what other registries have left undone, or were asked. */
  public void sweep() {
    bases.queues().forEach(BaseQueue::readLog);
    for (QueuedEvent event : List.copyOf(tasks.all())) {
      if (event.isPaused() || event.asks(RunControl.PAUSE)) {
        readControl(event);
      }
    }
  }

  /** A pause that a worker has told the topics of may be too long ago to stand there. */
  private void readControl(QueuedEvent event) {
    String run = event.event().runId();
    setAside.unlessReadable(
        ObjectKeys.controlPrefix(run),
        () -> {
          List<RunControl> all = controls.of(run);
          all.forEach(event::asked);
          boolean pauseAsked =
              all.stream()
                  .anyMatch(
                      control ->
                          control.action().equals(RunControl.PAUSE)
                              && control.number() > event.knownControl());
          if (event.isAdmitted() && pauseAsked && wasLeftForPause(event)) {
            event.paused(event.number());
          }
        });
    refresh(event);
  }

  /** Whether the newest attempt of its newest admission has ended in a pause. */
  private boolean wasLeftForPause(QueuedEvent event) {
    StoredReports.Attempts attempts = reports.attempts(event.event().runId());
    return attempts
        .last()
        .map(StoredReports.StoredReport::report)
        .filter(report -> report.outcome() == RunReport.Outcome.PAUSED)
        .filter(report -> report.attempt() == attempts.begun())
        .filter(report -> Objects.equals(report.admission(), event.number()))
        .isPresent();
  }

  /** Somebody has asked something of a run. By any thread. */
  public void asked(RunControl control) {
    asked.add(control);
  }

  /** A record of the topic of task events. */
  public void onTask(Received received) {
    String place = received.place();
    if (!tasks.see(place)) {
      return;
    }
    TaskEvent event;
    try {
      event = TaskEvent.of(received);
    } catch (DiffstreamException e) {
      if (!ledger.hasDeadLetterAt(place)) {
        unreadable.put(place, new Unreadable(received, e));
      }
      return;
    }
    int waiting = tasks.waiting(event.owner());
    Optional<QueuedEvent> added = tasks.add(event, clock.instant());
    if (added.isPresent()) {
      QueuedEvent queued = added.get();
      tellOfRetry(queued);
      if (settings.maxQueuedPerOwner() > 0
          && waiting >= settings.maxQueuedPerOwner()
          && queued.number() == 0) {
        queued.refuse(
            "%d events of owner %s wait already, no more than %d may"
                .formatted(waiting, event.owner(), settings.maxQueuedPerOwner()));
      }
      refresh(queued);
    }
  }

  /** Reads on in the work topics, and takes over what else was said since the last call. */
  public void poll() {
    bases.queues().forEach(queue -> queue.poll(Duration.ZERO));
    ledger.takeNews().forEach(this::onNews);
    for (RunControl next = asked.poll(); next != null; next = asked.poll()) {
      RunControl control = next;
      tasks
          .head(control.runId())
          .ifPresent(
              event -> {
                event.asked(control);
                refresh(event);
              });
    }
    for (String owner : owners.changed()) {
      tasks.waitingOf(owner).forEach(this::refresh);
    }
  }

  /** What is to be done now. */
  public List<Work> due() {
    List<Work> due = new ArrayList<>();
    for (Map.Entry<String, Unreadable> record : unreadable.entrySet()) {
      String place = record.getKey();
      due.add(new Work("record at " + place, place, () -> refuse(place, record.getValue())));
    }
    if (!withoutBase.isEmpty() && bases.areDue()) {
      due.add(new Work("bases of waiting events", "bases/", this::lookForBases));
    }
    for (QueuedEvent event : withoutBase) {
      if (endsWithoutBase(event)) {
        String place = event.event().place();
        due.add(new Work("event at " + place, place, () -> endWithoutBase(event)));
      }
    }
    for (BaseQueue queue : bases.queues()) {
      if (queue.hasWork()) {
        String key = "admissions to " + queue.topic();
        due.add(new Work(key, key, () -> queue.settle()));
      }
    }
    return due;
  }

  private void onNews(RunNews news) {
    switch (news) {
      case RunNews.Published published -> tasks.publish(published.runId()).ifPresent(this::remove);
      case RunNews.DeadLettered letter -> {
        unreadable.remove(letter.place());
        tasks.at(letter.place()).ifPresent(this::remove);
      }
      case RunNews.Trained done ->
          quotas.trained(done.owner(), done.runId(), done.attempt(), done.rows(), done.time());
      case RunNews.Taken taken -> hear(taken);
      case RunNews.Paused paused -> hear(paused);
    }
  }

  private void hear(RunNews news) {
    tasks
        .head(news.runId())
        .ifPresent(
            event -> {
              TaskQueue.hear(event, news);
              refresh(event);
            });
  }

  private void remove(QueuedEvent event) {
    Optional<QueuedEvent> next = tasks.remove(event);
    withoutBase.remove(event);
    bases.queues().forEach(queue -> queue.forget(event));
    next.ifPresent(
        head -> {
          tellOfRetry(head);
          refresh(head);
        });
  }

  private void tellOfRetry(QueuedEvent event) {
    if (event.isRetry() && tasks.isHead(event)) {
      ledger.onSentAgain(event.event().runId());
    }
  }

  /** Puts the event where its state says, and tells the ledger. */
  private void refresh(QueuedEvent event) {
    tasks.count(event);
    if (!tasks.isHead(event)) {
      return;
    }
    String waitsFor = "";
    if (event.base() == null) {
      Resolution base = bases.resolve(event.event().task().base());
      waitsFor = base.waitsFor();
      if (base.digest() != null) {
        event.assign(base.digest());
      }
    }
    if (waitsFor.isEmpty()) {
      waitsFor = owners.waitsFor(event.event().owner());
    }
    Optional<BaseQueue> queue = bases.queue(event.base());
    if (queue.isEmpty()) {
      withoutBase.add(event);
    } else {
      withoutBase.remove(event);
      queue.get().place(event);
    }
    ledger.onSubmission(event.event().runId(), event.event().taskId(), event.submission(waitsFor));
  }

  private void refuse(String place, Unreadable record) {
    if (failures.unreadable(record.received(), record.failure())) {
      unreadable.remove(place);
    }
  }

  private void lookForBases() {
    bases.refresh();
    for (QueuedEvent event : List.copyOf(withoutBase)) {
      event.lookedFor();
      refresh(event);
    }
  }

  /** Whether the event ends before its base is known. */
  private boolean endsWithoutBase(QueuedEvent event) {
    return event.base() == null && (event.isCancelled() || waitsInVain(event));
  }

  /** A clock that jumps forth is no wait. */
  private boolean waitsInVain(QueuedEvent event) {
    return event.lookups() >= MIN_LOOKUPS
        && clock.instant().isAfter(event.seen().plus(settings.baseWait()))
        && !bases.isEmpty();
  }

  private void endWithoutBase(QueuedEvent event) {
    if (event.isCancelled()) {
      endWithoutBase(event, ErrorCode.CANCELLED, event.cancellation());
    } else {
      String waitsFor = bases.resolve(event.event().task().base()).waitsFor();
      endWithoutBase(event, ErrorCode.BASE_UNKNOWN, "the event waited in vain for " + waitsFor);
    }
  }

  private void endWithoutBase(QueuedEvent event, ErrorCode code, String reason) {
    if (failures.endWithoutBase(event, FailureCode.of(code), reason)) {
      remove(event);
    }
  }

  private void end(QueuedEvent event, FailureCode code, String reason) {
    failures.end(event, code, reason);
    remove(event);
  }

  private final class Ends implements BaseQueue.Outcomes {
    @Override
    public Optional<QueuedEvent> at(String place) {
      return tasks.at(place);
    }

    @Override
    public boolean hasSeen(String place) {
      return tasks.hasSeen(place);
    }

    @Override
    public void decided(Decision decision) {
      tasks.decided(decision).ifPresent(Admissions.this::refresh);
    }

    @Override
    public void end(QueuedEvent event, FailureCode code, String reason) {
      Admissions.this.end(event, code, reason);
    }
  }

  @Override
  public void close() {
    bases.queues().forEach(BaseQueue::close);
  }
}
