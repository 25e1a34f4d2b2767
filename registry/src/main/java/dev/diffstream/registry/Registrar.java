package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.TaskBacklog.Job;
import dev.diffstream.registry.announce.Announcer;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.RegistrySnapshot;
import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.intake.BrokerDeadLetterIntake;
import dev.diffstream.registry.intake.DiffIntake;
import dev.diffstream.registry.intake.DiffVerifier;
import dev.diffstream.registry.intake.FailureReporter;
import dev.diffstream.registry.intake.Refusals;
import dev.diffstream.registry.intake.TaskEventHeaderIndex;
import dev.diffstream.registry.recovery.Recovery;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.service.Quarantine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns published diffs into versions, aliases and announcements, and lost events into failures.
 * Every write is conditional or repeated safely, so it may be stopped between any two of them: the
 * next start reads the bucket and the topics again and finishes what is missing. What cannot be
 * read or settled holds back its own task alone ({@link TaskBacklog}).
 *
 * <p>{@link #recover} and {@link #step} belong to one thread; {@link #snapshot} is for every
 * thread.
 */
public final class Registrar implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Registrar.class);

  private static final Duration MIN_PAUSE = Duration.ofMillis(200);
  private static final Duration MAX_PAUSE = Duration.ofMinutes(5);

  /**
   * How often the bucket is read again for what a registry that died there did not announce, and
   * how often what was set aside is tried again: a right may have been given, an object repaired.
   */
  static final Duration SWEEP_INTERVAL = Duration.ofMinutes(15);

  private final RunLedger ledger = new RunLedger();
  private final VersionLog versions;
  private final AliasLog aliases;
  private final Announcer announcer;
  private final DiffIntake intake;
  private final Recovery recovery;
  private final BrokerDeadLetterIntake brokerDeadLetters;
  private final Followers followers;
  private final Quarantine quarantine;
  private final TaskBacklog backlog;
  private final InstantSource clock;
  private final SortedMap<String, TaskView> tasks = new TreeMap<>();
  private boolean bucketRead;
  private boolean logsRead;
  private boolean ready;
  private boolean tasksChanged;
  private long changes;
  private Instant nextSweep = Instant.MAX;
  private volatile RegistrySnapshot snapshot = RegistrySnapshot.EMPTY;

  public Registrar(
      ObjectStore store,
      EventLog log,
      RegistrySettings settings,
      RegistryCounters counters,
      RegistrySpans spans,
      InstantSource clock) {
    this.clock = clock;
    StoredReports reports = new StoredReports(store);
    quarantine = new Quarantine(clock, MIN_PAUSE, MAX_PAUSE);
    backlog = new TaskBacklog(quarantine);
    versions = new VersionLog(store);
    aliases = new AliasLog(store, clock);
    FailureReporter failures = new FailureReporter(log, ledger, settings.id(), clock);
    DiffVerifier verifier =
        new DiffVerifier(
            store, settings.maxDiffBytes(), settings.maxDensity(), settings.trustedKeys());
    Refusals refusals = new Refusals(store, failures, ledger, counters, clock);
    intake =
        new DiffIntake(
            reports, versions, aliases, verifier, ledger, refusals, counters, spans, clock);
    recovery = new Recovery(store, reports, ledger);
    followers = Followers.open(log);
    announcer = new Announcer(log, followers.announcements(), settings.id(), clock);
    brokerDeadLetters =
        new BrokerDeadLetterIntake(
            log, store, reports, new TaskEventHeaderIndex(log), ledger, failures, counters, clock);
  }

  /** The newest snapshot. */
  public RegistrySnapshot snapshot() {
    return snapshot;
  }

  /** What could not be read or settled. */
  public Quarantine quarantine() {
    return quarantine;
  }

  /**
   * Reads the bucket and, waiting up to {@code wait}, on in the topics; once at their ends,
   * finishes what an earlier registry left undone. To be called until it returns true, also after
   * it failed.
   */
  public boolean recover(Duration wait) {
    if (!bucketRead) {
      recovery.tasks().forEach(this::loadLater);
      backlog.run();
      bucketRead = true;
    }
    pollState(wait);
    if (!followers.stateRead()) {
      return false;
    }
    pollWork(Duration.ZERO);
    if (!followers.workRead()) {
      return false;
    }
    backlog.run();
    if (!logsRead) {
      recovery.reportsOfUnknownRuns().forEach(this::settleLostEvent);
      List.copyOf(tasks.values()).forEach(this::finishAliases);
      logsRead = true;
    }
    settleBacklog();
    ready = true;
    nextSweep = clock.instant().plus(SWEEP_INTERVAL);
    publishSnapshot();
    LOG.info(
        "ready: {} tasks, {} runs, {} set aside",
        tasks.size(),
        snapshot.runs().size(),
        quarantine.size());
    return true;
  }

  /** Reads on, waiting up to {@code wait} when nothing is due, and settles what it can. */
  public void step(Duration wait) {
    pollState(Duration.ZERO);
    pollWork(backlog.hasDueWork() ? Duration.ZERO : wait);
    sweepWhenDue();
    settleBacklog();
    if (tasksChanged || changes != ledger.changes()) {
      publishSnapshot();
    }
  }

  /** A clock that is set back by more than the interval does not delay the sweep. */
  private void sweepWhenDue() {
    Instant now = clock.instant();
    if (now.isBefore(nextSweep) && now.plus(SWEEP_INTERVAL).compareTo(nextSweep) >= 0) {
      return;
    }
    nextSweep = now.plus(SWEEP_INTERVAL);
    backlog.retrySetAside();
    backlog.add(new Job(ObjectKeys.tasksPrefix(), "", this::sweep));
  }

  /** What waits or is set aside is not queued a second time. */
  private void sweep() {
    for (TaskId task : recovery.tasks()) {
      backlog.add(
          new Job(
              ObjectKeys.taskPrefix(task),
              task.value(),
              () -> {
                load(task);
                finishAliases(Objects.requireNonNull(tasks.get(task.value())));
              }));
    }
  }

  private void settleBacklog() {
    backlog.run();
    announceWhatTheTopicLacks();
    backlog.run();
  }

  private void pollState(Duration wait) {
    followers.runs().poll(wait).forEach(ledger::onRunRecord);
    followers.deadLetters().poll(Duration.ZERO).forEach(ledger::onDeadLetter);
    for (String task : announcer.poll(Duration.ZERO)) {
      TaskView known = tasks.get(task);
      if (TaskId.isValid(task)
          && (known == null || known.generation() < announcer.generation(task))) {
        loadLater(new TaskId(task)); // another registry's work, or a bucket that was put back
      }
    }
  }

  private void pollWork(Duration wait) {
    for (Received received : followers.brokerDeadLetters().poll(Duration.ZERO)) {
      backlog.add(
          new Job(received.place(), received.key(), () -> brokerDeadLetters.settle(received)));
    }
    followers.residency().poll(Duration.ZERO).forEach(this::onResidency);
    boolean replayed = !ready;
    for (Received received : followers.diffs().poll(wait)) {
      intake.onPolled(received);
      backlog.add(
          new Job(
              received.place(), received.key(), () -> settled(intake.onDiff(received, replayed))));
    }
  }

  /** Versions that answer badly; what cannot be read is passed over, since it is only a hint. */
  private void onResidency(Received received) {
    try {
      if (EventCodec.decode(received.headers(), received.value()).data()
              instanceof GatewayResidency word
          && word.health() != null
          && word.errorCode() != null) {
        backlog.add(new Job(received.place(), word.taskId(), () -> moveBack(word)));
      }
    } catch (DiffstreamException e) {
      LOG.warn("skipped {}: {}", received.place(), e.getMessage());
    }
  }

  private void moveBack(GatewayResidency word) {
    TaskId task = new TaskId(word.taskId());
    String reason = "gateway " + word.gatewayId() + ": " + word.message();
    aliases
        .moveBack(task, word.generation(), word.version(), reason)
        .ifPresent(
            generation -> {
              LOG.warn(
                  "task {} goes back from version {} with generation {}: {}",
                  task,
                  word.version(),
                  generation.generation(),
                  reason);
              announcer.announce(generation, Map.of());
              load(task);
            });
  }

  private void settleLostEvent(String reportKey) {
    String run = ObjectKeys.reportKey(reportKey).orElseThrow().runId();
    backlog.add(
        new Job(
            reportKey,
            "run " + run,
            () -> recovery.lostEvent(reportKey).ifPresent(e -> settled(intake.onLostEvent(e)))));
  }

  private void settled(DiffIntake.Settled settled) {
    if (settled instanceof DiffIntake.Settled.Versioned versioned) {
      VersionRecord version = versioned.version();
      AliasGeneration generation = aliases.advance(version, versioned.trace());
      announcer.announce(generation, versioned.trace());
      load(new TaskId(version.taskId()));
    }
  }

  /** Aliases for a version that a stopped registry left without. */
  private void finishAliases(TaskView task) {
    if (!task.versions().isEmpty()) {
      TaskId id = new TaskId(task.taskId());
      backlog.add(
          new Job(
              ObjectKeys.aliasesPrefix(id),
              task.taskId(),
              () -> {
                aliases.advance(task.versions().getLast(), Map.of());
                load(id);
              }));
    }
  }

  private void announceWhatTheTopicLacks() {
    for (TaskView task : tasks.values()) {
      AliasGeneration newest = task.aliases();
      if (newest != null && announcer.generation(task.taskId()) != newest.generation()) {
        String key = ObjectKeys.aliases(new TaskId(task.taskId()), newest.generation());
        backlog.add(new Job(key, task.taskId(), () -> announce(task.taskId())));
      }
    }
  }

  private void announce(String task) {
    AliasGeneration newest = aliases.newest(new TaskId(task)).orElse(null);
    if (newest == null) {
      return;
    }
    AliasGeneration current = aliases.broughtForward(newest, announcer.generation(task));
    if (announcer.announce(current, aliases.traceOf(current))) {
      LOG.info("announced again: task {} generation {}", task, current.generation());
    }
    load(new TaskId(task));
  }

  private void loadLater(TaskId task) {
    backlog.add(new Job(ObjectKeys.taskPrefix(task), task.value(), () -> load(task)));
  }

  private void load(TaskId task) {
    TaskView view =
        new TaskView(task.value(), versions.versions(task), aliases.newest(task).orElse(null));
    tasks.put(task.value(), view);
    tasksChanged = true;
    view.versions().forEach(ledger::onVersion);
    reportMissingVersions(task, view);
  }

  /** A hole in a numbered log is reported, not filled; one that was restored is a hole no more. */
  private void reportMissingVersions(TaskId task, TaskView view) {
    view.versions().forEach(v -> quarantine.resolve(ObjectKeys.version(task, v.version())));
    for (long number : view.missingVersions()) {
      String key = ObjectKeys.version(task, number);
      if (!quarantine.contains(key)) {
        quarantine.add(
            key, ErrorCode.VERSION_UNKNOWN, "this version was accepted once, its object is gone");
      }
    }
  }

  private void publishSnapshot() {
    snapshot = new RegistrySnapshot(tasks, ledger.copy(), ready);
    changes = ledger.changes();
    tasksChanged = false;
  }

  @Override
  public void close() {
    followers.close();
  }
}
