package dev.diffstream.registry;

import dev.diffstream.registry.TaskBacklog.Job;
import dev.diffstream.registry.announce.Announcer;
import dev.diffstream.registry.announce.AuditTrail;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.move.AliasMoves;
import dev.diffstream.registry.promotion.Candidates;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunControl;
import dev.diffstream.service.Quarantine;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tasks with their versions and aliases as the bucket has them. What moves a task's aliases is
 * announced and audited from here. Belongs to the registrar's thread, but for {@link #moved} and
 * {@link #overtaken}.
 */
final class TaskCatalog {
  private static final Logger LOG = LoggerFactory.getLogger(TaskCatalog.class);

  private final VersionLog versions;
  private final AliasLog aliases;
  private final AliasMoves moves;
  private final Announcer announcer;
  private final AuditTrail audit;
  private final Candidates candidates;
  private final RunLedger ledger;
  private final Quarantine quarantine;
  private final TaskBacklog backlog;
  private final SortedMap<String, TaskView> tasks = new TreeMap<>();
  private final Queue<AliasGeneration> moved = new ConcurrentLinkedQueue<>();
  private final Queue<RunControl> asked = new ConcurrentLinkedQueue<>();
  private final Queue<TaskId> overtaken = new ConcurrentLinkedQueue<>();
  private long changes;

  TaskCatalog(
      VersionLog versions,
      AliasLog aliases,
      AliasMoves moves,
      Announcer announcer,
      AuditTrail audit,
      Candidates candidates,
      RunLedger ledger,
      Quarantine quarantine,
      TaskBacklog backlog) {
    this.versions = versions;
    this.aliases = aliases;
    this.moves = moves;
    this.announcer = announcer;
    this.audit = audit;
    this.candidates = candidates;
    this.ledger = ledger;
    this.quarantine = quarantine;
    this.backlog = backlog;
  }

  /** By id; a view, not a copy. */
  SortedMap<String, TaskView> tasks() {
    return Collections.unmodifiableSortedMap(tasks);
  }

  /** Grows with every change. */
  long changes() {
    return changes;
  }

  /** Reads on in the announcements: another registry's work, or a bucket that was put back. */
  void pollAnnouncements() {
    for (String task : announcer.poll(Duration.ZERO)) {
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

  /** Announces, where the topic lacks it, what {@link #moved} and {@link #overtaken} were told. */
  void takeMoved() {
    for (AliasGeneration next = moved.poll(); next != null; next = moved.poll()) {
      announceLater(new TaskId(next.taskId()));
      auditLater(next);
    }
    for (RunControl next = asked.poll(); next != null; next = asked.poll()) {
      RunControl control = next;
      String key = "audit of " + ObjectKeys.control(control.runId(), control.number());
      String task = ledger.taskOf(control.runId()).orElse("unknown");
      backlog.add(new Job(key, task, () -> audit.asked(control, task)));
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

  private AliasGeneration decide(VersionRecord version, Map<String, String> trace) {
    AliasLog.Decision decision = aliases.advance(version, candidates.entry(version), trace);
    if (decision.decided()) {
      auditLater(decision.newest());
    }
    return decision.newest();
  }

  /** Decides about versions that a stopped registry left without. */
  void finishAll() {
    List.copyOf(tasks.values()).forEach(this::finish);
  }

  private void finish(TaskView task) {
    if (!task.versions().isEmpty()) {
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

  /** A gateway has tested a candidate. */
  void candidateTested(GatewayResidency word, GatewayResidency.Candidate candidate) {
    TaskId task = new TaskId(word.taskId());
    TaskView known = tasks.get(word.taskId());
    AliasTarget target =
        known == null || known.aliases() == null ? null : known.aliases().candidate();
    if (target == null
        || target.version() != candidate.version()
        || !target.digest().equals(candidate.digest())) {
      return;
    }
    String gateway = "gateway " + word.gatewayId();
    if (candidate.errorCode() != null) {
      String reason = "%s: %s: %s".formatted(gateway, candidate.errorCode(), candidate.message());
      moves.refuse(task, candidate.version(), reason).ifPresent(this::movedByRegistry);
    } else if (candidates.waitsForTest(word.taskId(), candidate.version())) {
      moves
          .confirm(task, candidate.version(), "its probes passed at " + gateway)
          .ifPresent(this::movedByRegistry);
    }
    load(task);
  }

  /** Candidates that no gateway has spoken of in time become champions all the same. */
  void confirmOverdue() {
    for (Candidates.Overdue candidate : candidates.overdue()) {
      TaskId task = new TaskId(candidate.taskId());
      String key = "candidate of " + ObjectKeys.aliases(task, candidate.generation());
      backlog.add(new Job(key, task.value(), () -> confirm(task, candidate)));
    }
  }

  private void confirm(TaskId task, Candidates.Overdue candidate) {
    moves
        .confirm(task, candidate.version(), "no gateway has said in time how it tested it")
        .ifPresent(
            generation -> {
              candidates.gaveUp(candidate);
              movedByRegistry(generation);
            });
    load(task);
  }

  private void movedByRegistry(AliasGeneration generation) {
    LOG.info(
        "task {} generation {}: {}: {}",
        generation.taskId(),
        generation.generation(),
        Objects.requireNonNull(generation.move()).kind(),
        generation.move().reason());
    auditLater(generation);
    announcer.announce(generation, aliases.traceOf(generation));
  }

  /** A gateway says that a version answers badly. */
  void moveBack(GatewayResidency word) {
    TaskId task = new TaskId(word.taskId());
    String reason = "gateway " + word.gatewayId() + ": " + word.message();
    moves
        .moveBack(task, word.generation(), word.version(), reason)
        .ifPresent(
            generation -> {
              LOG.warn(
                  "task {} goes back from version {} with generation {}: {}",
                  task,
                  word.version(),
                  generation.generation(),
                  reason);
              auditLater(generation);
              announcer.announce(generation, Map.of());
              load(task);
            });
  }

  private void auditLater(AliasGeneration generation) {
    String key = ObjectKeys.aliases(new TaskId(generation.taskId()), generation.generation());
    backlog.add(new Job("audit of " + key, generation.taskId(), () -> audit.moved(generation)));
  }

  void announceWhatTheTopicLacks() {
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

  /** Reads the task from the bucket when its turn comes. */
  void loadLater(TaskId task) {
    backlog.add(new Job(ObjectKeys.taskPrefix(task), task.value(), () -> load(task)));
  }

  /** As {@link #loadLater}, and decides about what has no decision. */
  void loadAndFinishLater(TaskId task) {
    backlog.add(
        new Job(
            ObjectKeys.taskPrefix(task),
            task.value(),
            () -> {
              load(task);
              finish(Objects.requireNonNull(tasks.get(task.value())));
            }));
  }

  private void load(TaskId task) {
    TaskView view =
        new TaskView(task.value(), versions.versions(task), aliases.newest(task).orElse(null));
    tasks.put(task.value(), view);
    if (view.aliases() != null) {
      candidates.note(view.aliases(), view.versions());
    }
    changes++;
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
}
