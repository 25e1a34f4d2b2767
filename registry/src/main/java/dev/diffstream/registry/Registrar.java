package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.RegistryImage.TaskView;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.VersionRecord;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns published diffs into versions, aliases and announcements, and lost events into failures.
 * Every write is conditional or repeated safely, so it may be stopped between any two of them: the
 * next start reads the bucket and the topics again and finishes what is missing.
 *
 * <p>{@link #recover} and {@link #step} belong to one thread; {@link #image} is for every thread.
 */
final class Registrar implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Registrar.class);

  private final RunLedger ledger = new RunLedger();
  private final VersionLog versions;
  private final AliasLog aliases;
  private final Announcer announcer;
  private final DiffIntake intake;
  private final Recovery recovery;
  private final Follower runs;
  private final Follower deadLetters;
  private final Follower brokerDeadLetters;
  private final Follower diffs;
  private final Deque<Received> backlog = new ArrayDeque<>();
  private final SortedMap<String, TaskView> tasks = new TreeMap<>();
  private boolean bucketRead;
  private boolean ready;
  private long changes;
  private volatile RegistryImage image = RegistryImage.EMPTY;

  Registrar(
      ObjectStore store,
      EventLog log,
      RegistrySettings settings,
      RegistryCounters counters,
      RegistrySpans spans,
      InstantSource clock) {
    StoredReports reports = new StoredReports(store);
    versions = new VersionLog(store);
    aliases = new AliasLog(store, clock);
    announcer = new Announcer(log, settings.id(), clock);
    FailureReporter failures = new FailureReporter(log, ledger, settings.id(), clock);
    DiffVerifier verifier =
        new DiffVerifier(
            store, reports, settings.maxDiffBytes(), settings.maxDensity(), settings.trustedKeys());
    intake =
        new DiffIntake(
            reports,
            new TaskEvents(log),
            versions,
            verifier,
            ledger,
            failures,
            counters,
            spans,
            clock);
    recovery = new Recovery(store, reports, ledger);
    runs = log.follow(Topics.RUNS);
    deadLetters = log.follow(Topics.TASKS_DEAD_LETTERS);
    brokerDeadLetters = log.follow(Topics.TASKS_BROKER_DEAD_LETTERS);
    diffs = log.follow(Topics.DIFFS);
  }

  /** The newest image. */
  RegistryImage image() {
    return image;
  }

  /**
   * Reads the bucket and, waiting up to {@code wait}, on in the topics; once at their ends,
   * finishes what an earlier registry left undone. To be called until it returns true, also after
   * it failed.
   */
  boolean recover(Duration wait) {
    if (!bucketRead) {
      recovery.tasks().forEach(this::load);
      bucketRead = true;
    }
    pollState(wait);
    if (!(runs.caughtUp() && deadLetters.caughtUp() && announcer.caughtUp())) {
      return false;
    }
    pollWork(Duration.ZERO);
    if (!(diffs.caughtUp() && brokerDeadLetters.caughtUp())) {
      return false;
    }
    drain();
    recovery.lostEvents().forEach(lost -> settled(intake.onLostEvent(lost)));
    finishAliases();
    announceWhatTheTopicLacks();
    ready = true;
    publishImage();
    LOG.info("ready: {} tasks, {} runs", tasks.size(), image.runs().size());
    return true;
  }

  /**
   * Reads on, waiting up to {@code wait}, and settles what came; fails on the first that cannot be.
   */
  void step(Duration wait) {
    pollState(Duration.ZERO);
    pollWork(backlog.isEmpty() ? wait : Duration.ZERO);
    drain();
    announceWhatTheTopicLacks();
    if (changes != ledger.changes()) {
      publishImage();
    }
  }

  private void pollState(Duration wait) {
    runs.poll(wait).forEach(ledger::onRunRecord);
    deadLetters.poll(Duration.ZERO).forEach(ledger::onDeadLetter);
    for (String task : announcer.poll(Duration.ZERO)) {
      TaskView known = tasks.get(task);
      if (known == null || known.generation() < announcer.generation(task)) {
        load(new TaskId(task)); // another registry's work
      }
    }
  }

  private void pollWork(Duration wait) {
    backlog.addAll(brokerDeadLetters.poll(Duration.ZERO));
    backlog.addAll(diffs.poll(wait));
  }

  private void drain() {
    while (!backlog.isEmpty()) {
      Received next = backlog.getFirst();
      if (next.topic().equals(Topics.DIFFS)) {
        settled(intake.onDiff(next));
      } else {
        intake.onBrokerDeadLetter(next);
      }
      backlog.removeFirst();
    }
  }

  private void settled(DiffIntake.Settled settled) {
    if (settled instanceof DiffIntake.Settled.Versioned versioned) {
      VersionRecord version = versioned.version();
      AliasGeneration generation = aliases.advance(version, versioned.trace());
      announcer.announce(generation, versioned.trace());
      load(new TaskId(version.taskId()));
    }
  }

  /** Aliases for versions that a stopped registry left without. */
  private void finishAliases() {
    for (TaskView task : List.copyOf(tasks.values())) {
      if (!task.versions().isEmpty()) {
        aliases.advance(task.versions().getLast(), Map.of());
        load(new TaskId(task.taskId()));
      }
    }
  }

  private void announceWhatTheTopicLacks() {
    for (TaskView task : tasks.values()) {
      AliasGeneration newest = task.aliases();
      if (newest != null
          && announcer.generation(task.taskId()) < newest.generation()
          && announcer.announce(newest, aliases.traceOf(newest))) {
        LOG.info("announced again: task {} generation {}", task.taskId(), newest.generation());
      }
    }
  }

  /** Reads the task from the bucket; objects that break their form are reported and passed over. */
  private void load(TaskId task) {
    try {
      TaskView view =
          new TaskView(task.value(), versions.versions(task), aliases.newest(task).orElse(null));
      tasks.put(task.value(), view);
      view.versions().forEach(ledger::onVersion);
    } catch (DiffstreamException e) {
      if (e.code().retryable()) {
        throw e;
      }
      LOG.error("task {} is left as it was: {}", task, e.getMessage());
    }
  }

  private void publishImage() {
    image = new RegistryImage(tasks, ledger.copy(), ready);
    changes = ledger.changes();
  }

  @Override
  public void close() {
    announcer.close();
    runs.close();
    deadLetters.close();
    brokerDeadLetters.close();
    diffs.close();
  }
}
