package dev.diffstream.registry.retraining;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.announce.AuditEntry;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.Champions;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.correction.CorrectionFile;
import dev.diffstream.registry.correction.CorrectionLog;
import dev.diffstream.registry.correction.Corrections;
import dev.diffstream.registry.fleet.GatewayWords.Word;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.Correction;
import dev.diffstream.schemas.correction.Retraining;
import dev.diffstream.schemas.correction.RetrainingRule;
import dev.diffstream.service.Backoff;
import dev.diffstream.service.DueTime;
import dev.diffstream.service.OwnerThread;
import dev.diffstream.service.Quarantine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that looks after rules: at once after a correction or a new rule of this registry,
 * when a cooldown ends, and now and then at all of them, for what other registries were told or did
 * not come to do. What fails of one task is tried again on its own clock and holds up no other.
 *
 * <p>{@link #step} and {@link #disconnect} belong to one thread, the others are for every thread.
 */
public final class RetrainingLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RetrainingLoop.class);
  private static final Duration WAIT = Duration.ofMillis(50);
  private static final Duration MAX_STEP = Duration.ofMinutes(15);

  /** How often all rules are looked at. */
  static final Duration SWEEP_INTERVAL = Duration.ofSeconds(30);

  private final ObjectStore store;
  private final EventLog log;
  private final String registryId;
  private final Function<String, Optional<RunView>> runs;
  private final BooleanSupplier runsKnown;
  private final Consumer<AuditEntry> audit;
  private final InstantSource clock;
  private final VersionLog versions;
  private final Champions champions;
  private final CorrectionLog corrections;
  private final RuleLog rules;
  private final RetrainingLog retrainings;
  private final RuleEvaluator evaluator;
  private final Quarantine quarantine;
  private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10));
  private final Queue<TaskId> changed = new ConcurrentLinkedQueue<>();
  private final Map<TaskId, Instant> due = new HashMap<>();
  private final OwnerThread thread;
  private Instant nextSweep = Instant.MIN;
  private volatile @Nullable SentRetrainings sent;
  private @Nullable Retrainings settling;

  /**
   * @param runs the latest word of a run, if there is any
   * @param runsKnown whether all that the topics tell of runs has been read
   * @param audit hears of every correction and rule, also of those that were made before
   * @param words what gateways say of a task
   */
  public RetrainingLoop(
      ObjectStore store,
      EventLog log,
      String registryId,
      Function<String, Optional<RunView>> runs,
      BooleanSupplier runsKnown,
      Consumer<AuditEntry> audit,
      Function<String, List<Word>> words,
      InstantSource clock) {
    this.store = store;
    this.log = log;
    this.registryId = registryId;
    this.runs = runs;
    this.runsKnown = runsKnown;
    this.audit = audit;
    this.clock = clock;
    this.versions = new VersionLog(store);
    this.champions = new Champions(new AliasLog(store, clock), versions);
    this.corrections = new CorrectionLog(store, clock);
    this.rules = new RuleLog(store, clock);
    this.retrainings = new RetrainingLog(store);
    this.evaluator =
        new RuleEvaluator(
            corrections,
            retrainings,
            champions,
            new StoredReports(store),
            runs,
            this::isSent,
            words,
            clock);
    this.quarantine = new Quarantine(clock, Duration.ofMillis(200), Duration.ofMinutes(5));
    this.thread = new OwnerThread("retrainings", this::turn, this::disconnect);
  }

  /** Takes corrections, and has their tasks looked at. */
  public Corrections corrections() {
    return new Corrections(corrections, champions, this::corrected);
  }

  /** Takes rules, and has their tasks looked at. */
  public RuleRequests requests() {
    return new RuleRequests(
        rules, retrainings, evaluator, champions, versions, runs, this::isSent, this::ruled);
  }

  public void start() {
    thread.start();
  }

  public boolean makesProgress() {
    return thread.progressedWithin(MAX_STEP);
  }

  /** Rules that cannot be settled, with the reasons. */
  public Quarantine quarantine() {
    return quarantine;
  }

  private void corrected(Correction correction) {
    changed.add(new TaskId(correction.taskId()));
    audit.accept(AuditEntry.of(correction));
  }

  private void ruled(RetrainingRule rule, boolean replaces) {
    changed.add(new TaskId(rule.taskId()));
    audit.accept(AuditEntry.of(rule, replaces));
  }

  private boolean isSent(Retraining retraining) {
    SentRetrainings known = sent;
    return known != null && known.contains(retraining);
  }

  /** Whether all rules were looked at, and nothing waits; of the thread that steps. */
  public boolean isSettled() {
    SentRetrainings known = sent;
    Retrainings looked = settling;
    return known != null
        && looked != null
        && known.caughtUp()
        && nextSweep.isAfter(Instant.MIN)
        && changed.isEmpty()
        && looked.isSettled();
  }

  private void turn() {
    thread.pause(step(WAIT));
  }

  /**
   * Connects, reads on, or settles what is due.
   *
   * @param wait for records, where nothing was said
   * @return the pause to make before the next step
   */
  public Duration step(Duration wait) {
    try {
      SentRetrainings known = sent;
      if (known == null) {
        connect();
        return Duration.ZERO;
      }
      known.poll(changed.isEmpty() ? wait : Duration.ZERO);
      if (known.caughtUp() && runsKnown.getAsBoolean()) {
        sweepWhenDue();
        dueTasks().forEach(this::settle);
      }
      backoff.reset();
      return Duration.ZERO;
    } catch (DiffstreamException e) { // no single task: broker or bucket do not answer at all
      LOG.warn("broker or bucket failed, trying again: {}", e.getMessage());
      return backoff.next();
    }
  }

  private void connect() {
    SentRetrainings opened = new SentRetrainings(log);
    settling =
        new Retrainings(
            log,
            registryId,
            rules,
            retrainings,
            new CorrectionFile(store),
            evaluator,
            opened,
            clock);
    sent = opened;
  }

  /** A clock that is set back by more than the interval does not delay the sweep. */
  private void sweepWhenDue() {
    Instant now = clock.instant();
    if (!DueTime.isPast(nextSweep, SWEEP_INTERVAL, now)) {
      return;
    }
    rules.tasks().forEach(task -> due.put(task, now));
    nextSweep = now.plus(SWEEP_INTERVAL);
  }

  private Set<TaskId> dueTasks() {
    Set<TaskId> tasks = new LinkedHashSet<>();
    for (TaskId next = changed.poll(); next != null; next = changed.poll()) {
      tasks.add(next);
    }
    Instant now = clock.instant();
    List<TaskId> later = new ArrayList<>(due.keySet());
    later.removeIf(task -> now.isBefore(due.get(task)));
    tasks.addAll(later);
    return tasks;
  }

  private void settle(TaskId task) {
    due.remove(task);
    String key = ObjectKeys.rulesPrefix(task);
    try {
      java.util.Objects.requireNonNull(settling)
          .settle(task)
          .ifPresent(until -> due.put(task, until));
      quarantine.resolve(key);
    } catch (DiffstreamException e) {
      Quarantine.Entry entry = quarantine.add(key, e);
      due.put(
          task, entry.nextTry() == null ? clock.instant().plus(SWEEP_INTERVAL) : entry.nextTry());
      LOG.warn("the rule of task {} is not settled, trying again: {}", task, e.getMessage());
    }
  }

  /** Stops following. */
  public void disconnect() {
    SentRetrainings known = sent;
    if (known != null) {
      known.close();
    }
  }

  /** Lets the step that is running finish. */
  @Override
  public void close() {
    thread.close();
  }
}
