package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog.Positions;
import dev.diffstream.registry.TaskBacklog.Job;
import dev.diffstream.registry.announce.Announcer;
import dev.diffstream.registry.announce.AuditEntry;
import dev.diffstream.registry.announce.AuditTrail;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.BucketWalk;
import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.catalog.TaskListing;
import dev.diffstream.registry.catalog.TaskReader;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.promotion.Candidates;
import dev.diffstream.registry.quota.KeptBytes;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.registry.snapshot.SnapshotState;
import dev.diffstream.registry.snapshot.StoredSnapshot;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunControl;
import dev.diffstream.service.Quarantine;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tasks with their versions and aliases as the bucket has them. What moves a task's aliases is
 * announced and audited from here. Belongs to the registrar's thread, but for {@link #moved} and
 * {@link #overtaken}.
 */
final class TaskCatalog {
  private static final Logger LOG = LoggerFactory.getLogger(TaskCatalog.class);

  /** Entries of a listing whose tasks are read before it goes on. */
  private static final int AT_ONCE = 4_000;

  private final TaskReader reader;
  private final AliasLog aliases;
  private final TombstoneLog tombstones;
  private final Announcer announcer;
  private final AuditTrail audit;
  private final Candidates candidates;
  private final RunLedger ledger;
  private final KeptBytes bytes;
  private final Quarantine quarantine;
  private final TaskBacklog backlog;
  private PSortedMap<String, TaskView> tasks = TreePMap.empty();

  /** Tasks of which the bucket or the topic has told something since they were compared. */
  private final Set<String> toCompare = new LinkedHashSet<>();

  /** Tasks as a snapshot told of them, which were not compared with the bucket yet. */
  private final Set<String> unverified = new HashSet<>();

  private boolean contradictsSnapshot;
  private final Queue<AliasGeneration> moved = new ConcurrentLinkedQueue<>();
  private final Queue<RunControl> asked = new ConcurrentLinkedQueue<>();
  private final Queue<AuditEntry> done = new ConcurrentLinkedQueue<>();
  private final Queue<TaskId> overtaken = new ConcurrentLinkedQueue<>();
  private long changes;

  TaskCatalog(
      TaskReader reader,
      AliasLog aliases,
      TombstoneLog tombstones,
      Announcer announcer,
      AuditTrail audit,
      Candidates candidates,
      RunLedger ledger,
      KeptBytes bytes,
      Quarantine quarantine,
      TaskBacklog backlog) {
    this.reader = reader;
    this.aliases = aliases;
    this.tombstones = tombstones;
    this.announcer = announcer;
    this.audit = audit;
    this.candidates = candidates;
    this.ledger = ledger;
    this.bytes = bytes;
    this.quarantine = quarantine;
    this.backlog = backlog;
  }

  /** By id, as of now; immutable. */
  PSortedMap<String, TaskView> tasks() {
    return tasks;
  }

  /** Grows with every change. */
  long changes() {
    return changes;
  }

  /** Reads on in the announcements: another registry's work, or a bucket that was put back. */
  void pollAnnouncements() {
    for (String task : announcer.poll(Duration.ZERO)) {
      toCompare.add(task);
      TaskView known = tasks.get(task);
      if (TaskId.isValid(task)
          && (known == null || known.generation() < announcer.generation(task))) {
        loadLater(new TaskId(task));
      }
    }
  }

  /** A generation that was made elsewhere in this process. By any thread. */
  void moved(AliasGeneration generation) {
    moved.add(generation);
  }

  /** Somebody met a newer generation of the task than they knew. By any thread. */
  void overtaken(TaskId task) {
    overtaken.add(task);
  }

  /** Somebody has asked something of a run. By any thread. */
  void asked(RunControl control) {
    asked.add(control);
  }

  /** Somebody has changed something of a task. By any thread. */
  void done(AuditEntry entry) {
    done.add(entry);
  }

  /** Announces, where the topic lacks it, what {@link #moved} and {@link #overtaken} were told. */
  void takeMoved() {
    for (AliasGeneration next = moved.poll(); next != null; next = moved.poll()) {
      announceLater(new TaskId(next.taskId()));
      auditLater(next);
    }
    for (RunControl next = asked.poll(); next != null; next = asked.poll()) {
      auditLater(AuditEntry.of(next, ledger.taskOf(next.runId()).orElse("unknown")));
    }
    for (AuditEntry next = done.poll(); next != null; next = done.poll()) {
      auditLater(next);
      if (next.deletesVersion()) {
        TaskId task = new TaskId(next.record().taskId());
        backlog.add(
            new Job(ObjectKeys.tombstonesPrefix(task), task.value(), () -> readDeleted(task)));
      }
    }
    for (TaskId task = overtaken.poll(); task != null; task = overtaken.poll()) {
      announceLater(task);
    }
  }

  private void announceLater(TaskId task) {
    String key = "newest of " + ObjectKeys.aliasesPrefix(task);
    backlog.add(new Job(key, task.value(), () -> announce(task.value())));
  }

  /**
   * Decides about a version, unless that was done before, and announces what serves now.
   *
   * @param trace of the event that led to it
   */
  void accept(VersionRecord version, Map<String, String> trace) {
    announcer.announce(decide(version, trace), trace);
    load(new TaskId(version.taskId()));
  }

  /** Announces what a provisional has led to. */
  void entered(AliasLog.Decision decision, Map<String, String> trace) {
    if (decision.decided()) {
      auditLater(decision.newest());
    }
    announcer.announce(decision.newest(), trace);
    load(new TaskId(decision.newest().taskId()));
  }

  /** Whether a version is known to serve the task. */
  boolean hasChampion(String task) {
    TaskView known = tasks.get(task);
    return known != null && known.hasChampion();
  }

  private AliasGeneration decide(VersionRecord version, Map<String, String> trace) {
    AliasLog.Decision decision = aliases.advance(version, candidates.entry(version), trace);
    if (decision.decided()) {
      auditLater(decision.newest());
    }
    return decision.newest();
  }

  /** Whether the version has had its decision. */
  boolean isDecided(VersionRecord version) {
    TaskView task = tasks.get(version.taskId());
    AliasGeneration newest = task == null ? null : task.aliases();
    return newest != null && newest.decidedThrough() >= version.version();
  }

  /** Decides about versions that a stopped registry left without. */
  void finishAll() {
    tasks.values().forEach(this::finish);
  }

  private void finish(TaskView task) {
    if (!task.isDecided()) {
      TaskId id = new TaskId(task.taskId());
      backlog.add(
          new Job(
              ObjectKeys.aliasesPrefix(id),
              task.taskId(),
              () -> {
                decide(task.versions().getLast(), Map.of());
                load(id);
              }));
    }
  }

  /** A generation that the registry has made by itself. */
  void movedByRegistry(AliasGeneration generation) {
    LOG.info(
        "task {} generation {}: {}: {}",
        generation.taskId(),
        generation.generation(),
        Objects.requireNonNull(generation.move()).kind(),
        generation.move().reason());
    auditLater(generation);
    announcer.announce(generation, aliases.traceOf(generation));
  }

  private void auditLater(AuditEntry entry) {
    String key = "audit of " + entry.id();
    backlog.add(new Job(key, entry.record().taskId(), () -> audit.record(entry)));
  }

  private void auditLater(AliasGeneration generation) {
    String key = ObjectKeys.aliases(new TaskId(generation.taskId()), generation.generation());
    backlog.add(new Job("audit of " + key, generation.taskId(), () -> audit.moved(generation)));
  }

  /** Looks at the tasks of which something was told since the last call. */
  void announceWhatTheTopicLacks() {
    for (String id : toCompare) {
      TaskView task = tasks.get(id);
      AliasGeneration newest = task == null ? null : task.aliases();
      if (newest != null && announcer.lacks(newest)) {
        String key = ObjectKeys.aliases(new TaskId(id), newest.generation());
        backlog.add(new Job(key, id, () -> announce(id)));
      }
    }
    toCompare.clear();
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

  /** Reads the task from the bucket when its turn comes. */
  void loadLater(TaskId task) {
    backlog.add(new Job(ObjectKeys.taskPrefix(task), task.value(), () -> load(task)));
  }

  /** Reads every task of the bucket; one that cannot be read now is tried again on its own. */
  void loadAll(BucketWalk walk) {
    while (!walk.atEnd()) {
      List<TaskListing> listings = walk.next(AT_ONCE);
      List<Optional<TaskView>> views = reader.read(listings);
      for (int i = 0; i < listings.size(); i++) {
        TaskId task = listings.get(i).task();
        views.get(i).ifPresentOrElse(this::put, () -> loadLater(task));
      }
    }
  }

  /**
   * Takes over what a snapshot tells; the bucket may not bear it out.
   *
   * @param topicGoesOn whether the announcements are read on from the snapshot's position
   */
  void adopt(StoredSnapshot snapshot, boolean topicGoesOn) {
    if (topicGoesOn) {
      announcer.resume(snapshot.announced());
    }
    for (TaskView task : snapshot.tasks()) {
      put(task);
      unverified.add(task.taskId());
    }
  }

  /** The bucket lacks something that the snapshot told of. */
  boolean contradictsSnapshot() {
    return contradictsSnapshot;
  }

  /** What a snapshot of now would hold, but for topics that others read. */
  SnapshotState state(Map<String, Positions> positions) {
    return new SnapshotState(tasks, announcer.lastOnTopic(), positions);
  }

  /** Has the task read and finished if the listing shows another state than is known. */
  void compare(TaskListing listing) {
    TaskId task = listing.task();
    TaskView known = tasks.get(task.value());
    toCompare.add(task.value());
    if (known == null || !known.fingerprint().equals(listing.fingerprint())) {
      backlog.add(
          new Job(ObjectKeys.taskPrefix(task), task.value(), () -> loadAnewAndFinish(task)));
    } else {
      unverified.remove(task.value());
      finish(known);
    }
  }

  private void loadAnewAndFinish(TaskId task) {
    reader.forget(task);
    load(task);
    finish(Objects.requireNonNull(tasks.get(task.value())));
  }

  /** Has the tasks read that are known and that a listing of all does not show. */
  void loadAllBut(Set<String> listed) {
    tasks.keySet().stream()
        .filter(task -> !listed.contains(task))
        .map(TaskId::new)
        .forEach(this::loadLater);
  }

  void load(TaskId task) {
    put(reader.read(task));
  }

  /** Asks the bucket which versions of the task are deleted. */
  void readDeleted(TaskId task) {
    TaskView known = tasks.get(task.value());
    Set<Long> deleted = known == null ? Set.of() : tombstones.numbers(task);
    if (known != null && !known.deleted().equals(deleted)) {
      put(
          new TaskView(
              known.taskId(), known.versions(), known.aliases(), known.fingerprint(), deleted));
    }
  }

  private void put(TaskView view) {
    TaskView before = tasks.get(view.taskId());
    if (before != null && unverified.remove(view.taskId()) && !before.isContinuedBy(view)) {
      LOG.error(
          "the bucket does not have what the snapshot tells of task {}: the snapshot counts for nothing",
          view.taskId());
      contradictsSnapshot = true;
    }
    tasks = tasks.plus(view.taskId(), view);
    noteCandidate(view);
    changes++;
    toCompare.add(view.taskId());
    if (before != null) {
      before.versions().stream()
          .filter(version -> !view.versions().contains(version))
          .forEach(ledger::onVersionGone);
    }
    view.versions().forEach(ledger::onVersion);
    bytes.onTask(before, view);
    reportMissingVersions(new TaskId(view.taskId()), view);
  }

  private void noteCandidate(TaskView view) {
    if (view.aliases() != null) {
      candidates.note(view.aliases(), view.versions());
    }
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
}
