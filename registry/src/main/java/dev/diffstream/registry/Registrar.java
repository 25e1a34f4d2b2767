package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.TaskBacklog.Job;
import dev.diffstream.registry.admission.Admissions;
import dev.diffstream.registry.announce.Announcer;
import dev.diffstream.registry.announce.AuditEntry;
import dev.diffstream.registry.announce.AuditTrail;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.BucketWalk;
import dev.diffstream.registry.catalog.ParallelReads;
import dev.diffstream.registry.catalog.RegistrySnapshot;
import dev.diffstream.registry.catalog.TaskOwner;
import dev.diffstream.registry.catalog.TaskReader;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.deletion.UnusedDiffs;
import dev.diffstream.registry.fleet.Fleet;
import dev.diffstream.registry.intake.BrokerDeadLetterIntake;
import dev.diffstream.registry.intake.DiffIntake;
import dev.diffstream.registry.intake.DiffVerifier;
import dev.diffstream.registry.intake.FailureReporter;
import dev.diffstream.registry.intake.Provisionals;
import dev.diffstream.registry.intake.Refusals;
import dev.diffstream.registry.intake.TaskEventHeaderIndex;
import dev.diffstream.registry.move.AliasMoves;
import dev.diffstream.registry.promotion.Candidates;
import dev.diffstream.registry.quota.KeptBytes;
import dev.diffstream.registry.quota.OwnerQuotas;
import dev.diffstream.registry.recovery.Recovery;
import dev.diffstream.registry.runs.ProgressHistory;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.registry.snapshot.Snapshots;
import dev.diffstream.registry.snapshot.StoredSnapshot;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunControl;
import dev.diffstream.service.Quarantine;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns published diffs into versions, aliases and announcements, and lost events into failures.
 * Every write is conditional or repeated safely, so it may be stopped between any two of them: the
 * next start reads the bucket and the topics again and finishes what is missing. What cannot be
 * read or settled holds back its own task alone ({@link TaskBacklog}).
 *
 * <p>{@link #recover} and {@link #step} belong to one thread; {@link #snapshot}, {@link #moved} and
 * {@link #overtaken} are for every thread.
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
  private final Fleet fleet = new Fleet();
  private final DiffIntake intake;
  private final Recovery recovery;
  private final BrokerDeadLetterIntake brokerDeadLetters;
  private final Admissions admissions;
  private final Followers followers;
  private final Quarantine quarantine;
  private final TaskBacklog backlog;
  private final ObjectStore store;
  private final InstantSource clock;
  private final Sweep sweep;
  private final SnapshotKeeper snapshots;
  private final TaskCatalog tasks;
  private final ResidencyIntake residency;
  private boolean bucketRead;
  private boolean logsRead;
  private boolean ready;
  private long changes;
  private volatile RegistrySnapshot snapshot = RegistrySnapshot.EMPTY;

  public Registrar(
      ObjectStore store,
      EventLog log,
      RegistrySettings settings,
      RegistryCounters counters,
      RegistrySpans spans,
      InstantSource clock) {
    this(store, log, settings, counters, spans, clock, ParallelReads.NONE, Runnable::run);
  }

  /**
   * @param reads for the whole bucket at start
   * @param executor writes snapshots
   */
  Registrar(
      ObjectStore store,
      EventLog log,
      RegistrySettings settings,
      RegistryCounters counters,
      RegistrySpans spans,
      InstantSource clock,
      ParallelReads reads,
      Executor executor) {
    this.store = store;
    this.clock = clock;
    StoredReports reports = new StoredReports(store);
    quarantine = new Quarantine(clock, MIN_PAUSE, MAX_PAUSE);
    backlog = new TaskBacklog(quarantine);
    VersionLog versions = new VersionLog(store);
    AliasLog aliases = new AliasLog(store, clock);
    TombstoneLog tombstones = new TombstoneLog(store);
    UnusedDiffs unused = new UnusedDiffs(store, tombstones, settings.removeAfter(), clock);
    FailureReporter failures = new FailureReporter(log, ledger, settings.id(), clock);
    DiffVerifier verifier =
        new DiffVerifier(
            store, settings.maxDiffBytes(), settings.maxDensity(), settings.trustedKeys());
    Refusals refusals = new Refusals(store, reports, failures, ledger, counters, clock);
    KeptBytes bytes = new KeptBytes();
    OwnerQuotas quotas = new OwnerQuotas(settings.quotas(), bytes, this::readDeleted, clock);
    Candidates candidates = new Candidates(settings.promotion(), fleet, ledger::labels, clock);
    snapshots =
        new SnapshotKeeper(new Snapshots(store, settings.id(), clock), quarantine, clock, executor);
    followers = Followers.open(log, snapshots::position);
    AliasMoves moves = new AliasMoves(aliases, versions, tombstones);
    tasks =
        new TaskCatalog(
            new TaskReader(store, versions, aliases, reads),
            aliases,
            tombstones,
            new Announcer(log, followers.announcements(), settings.id(), clock, this::owner),
            new AuditTrail(log, aliases, settings.id(), clock),
            candidates,
            ledger,
            bytes,
            quarantine,
            backlog);
    Provisionals provisionals = new Provisionals(aliases, verifier, candidates, tasks::hasChampion);
    intake =
        new DiffIntake(
            reports,
            versions,
            aliases,
            verifier,
            quotas,
            ledger,
            refusals,
            provisionals,
            counters,
            spans,
            clock);
    recovery = new Recovery(store, reports, ledger);
    admissions =
        new Admissions(
            store,
            log,
            settings.id(),
            settings.admission(),
            quarantine,
            ledger,
            failures,
            reports,
            quotas,
            clock);
    residency = new ResidencyIntake(fleet, tasks, moves, candidates, backlog);
    SweepFindings findings =
        new SweepFindings(
            admissions, unused, tasks, ledger, fleet, quarantine, this::settleLostEvent);
    sweep = new Sweep(store, tasks, recovery, backlog, SWEEP_INTERVAL, clock, findings);
    brokerDeadLetters =
        new BrokerDeadLetterIntake(
            log, store, reports, new TaskEventHeaderIndex(log), ledger, failures, counters, clock);
  }

  private void readDeleted(TaskId task) {
    tasks.readDeleted(task);
  }

  private @Nullable String owner(String task) {
    return TaskOwner.of(tasks.tasks(), ledger.index(), task);
  }

  /** The newest snapshot. */
  public RegistrySnapshot snapshot() {
    return snapshot;
  }

  /** A generation that a request has made, to be announced by the next step. */
  public void moved(AliasGeneration generation) {
    tasks.moved(generation);
  }

  /** Somebody met a newer generation of the task than they knew; the topic may lack it (I5). */
  public void overtaken(TaskId task) {
    tasks.overtaken(task);
  }

  /** Somebody has asked something of a run. By any thread. */
  public void asked(RunControl control) {
    admissions.asked(control);
    tasks.asked(control);
  }

  /** Somebody has changed something of a task. By any thread. */
  public void done(AuditEntry entry) {
    tasks.done(entry);
  }

  /** How the runs went. */
  public ProgressHistory progress() {
    return ledger.history();
  }

  /** The gateways by their words. */
  public Fleet fleet() {
    return fleet;
  }

  /** What could not be read or settled. */
  public Quarantine quarantine() {
    return quarantine;
  }

  /**
   * Reads the bucket and on in the topics, then finishes what an earlier registry left undone. To
   * be called until it returns true, also after it failed.
   */
  public boolean recover(Duration wait) {
    if (!bucketRead) {
      readBucket();
      bucketRead = true;
    }
    boolean waits = followers.announcements().caughtUp(); // the other topics are mostly empty
    pollState(waits ? wait : Duration.ZERO);
    if (!followers.stateRead()) {
      return false;
    }
    if (!admissions.readTopics()) {
      return false;
    }
    pollWork(Duration.ZERO);
    if (!followers.workRead()) {
      return false;
    }
    backlog.run();
    if (!logsRead) {
      readRuns();
      tasks.finishAll();
      logsRead = true;
    }
    settleBacklog();
    ready = true;
    snapshots.ready();
    publishSnapshot();
    LOG.info(
        "ready: {} tasks, {} runs, {} set aside",
        tasks.tasks().size(),
        snapshot.runs().size(),
        quarantine.size());
    return true;
  }

  /** Or the newest snapshot in its place; the sweep compares both. */
  private void readBucket() {
    Optional<StoredSnapshot> start = snapshots.takeStart();
    if (start.isPresent()) {
      tasks.adopt(start.get(), followers.announcements().resumed());
      sweep.beginNow();
    } else {
      try (BucketWalk walk = new BucketWalk(store)) {
        tasks.loadAll(walk);
      }
      backlog.run();
      sweep.beginAfterInterval();
    }
  }

  /** After a snapshot, what was asked of the runs that wait; the sweep finds the rest. */
  private void readRuns() {
    if (sweep.isDone()) {
      Recovery.Runs runs = recovery.runs();
      runs.unknownReports().forEach(this::settleLostEvent);
      admissions.poll();
      admissions.readBucket(runs.controlled());
    } else {
      admissions.poll();
      admissions.readBucketOfAll();
    }
  }

  /** Reads on, waiting up to {@code wait} when nothing is due, and settles what it can. */
  public void step(Duration wait) {
    tasks.takeMoved();
    pollState(Duration.ZERO);
    pollWork(backlog.hasDueWork() ? Duration.ZERO : wait);
    sweep.step();
    settleBacklog();
    if (changes != changes()) {
      publishSnapshot();
    }
    if (sweep.isDone()) { // what nobody has compared with the bucket is not written again
      snapshots.writeWhenDue(tasks, followers, backlog);
    }
  }

  /** Whether it began with a snapshot of another bucket, or of this one before it was put back. */
  public boolean mustBeginAnew() {
    return tasks.contradictsSnapshot();
  }

  /** Removes the snapshots, so that the next registrar reads the bucket. */
  public void removeSnapshots() {
    snapshots.removeAll();
  }

  private void settleBacklog() {
    backlog.run();
    tasks.announceWhatTheTopicLacks();
    if (logsRead) {
      residency.confirmOverdue();
      admissions.poll();
      admissions.due().forEach(this::addLater);
    }
    backlog.run();
  }

  private void addLater(Admissions.Work work) {
    backlog.add(new Job(work.key(), work.subject(), work.task()));
  }

  private void pollState(Duration wait) {
    followers.runs().poll(wait).forEach(ledger::onRunRecord);
    followers.deadLetters().poll(Duration.ZERO).forEach(ledger::onDeadLetter);
    tasks.pollAnnouncements();
  }

  private void pollWork(Duration wait) {
    for (Received received : followers.brokerDeadLetters().poll(Duration.ZERO)) {
      backlog.add(
          new Job(received.place(), received.key(), () -> brokerDeadLetters.settle(received)));
    }
    followers.residency().poll(Duration.ZERO).forEach(residency::onRecord);
    followers.tasks().poll(Duration.ZERO).forEach(admissions::onTask);
    boolean replayed = !ready;
    for (Received received : followers.diffs().poll(wait)) {
      Optional<VersionRecord> version = intake.onPolled(received);
      if (replayed && version.filter(tasks::isDecided).isPresent()) {
        continue;
      }
      backlog.add(
          new Job(
              received.place(), received.key(), () -> settled(intake.onDiff(received, replayed))));
    }
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
      tasks.accept(versioned.version(), versioned.trace());
    } else if (settled instanceof DiffIntake.Settled.Provisional provisional) {
      tasks.entered(provisional.decision(), provisional.trace());
    }
  }

  private void publishSnapshot() {
    changes = changes();
    snapshot = new RegistrySnapshot(tasks.tasks(), ledger.index(), ready);
  }

  private long changes() {
    return tasks.changes() + ledger.changes();
  }

  @Override
  public void close() {
    followers.close();
    admissions.close();
  }
}
