package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog.Positions;
import dev.diffstream.registry.snapshot.SnapshotState;
import dev.diffstream.registry.snapshot.Snapshots;
import dev.diffstream.registry.snapshot.StoredSnapshot;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.registry.SnapshotManifest;
import dev.diffstream.service.DueTime;
import dev.diffstream.service.Quarantine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins with the newest snapshot and writes the next ones, where something has changed. Belongs to
 * the registrar's thread; what it hands to its executor is immutable.
 */
final class SnapshotKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotKeeper.class);

  /** From the moment in which a registry is ready to its first snapshot. */
  static final Duration FIRST = Duration.ofMinutes(1);

  /** From one snapshot to the next. */
  static final Duration INTERVAL = Duration.ofMinutes(10);

  private final Snapshots snapshots;
  private final Quarantine quarantine;
  private final InstantSource clock;
  private final Executor executor;
  private final AtomicBoolean writing = new AtomicBoolean();
  private final AtomicLong writtenChanges = new AtomicLong(-1);
  private final AtomicBoolean superseded = new AtomicBoolean();
  private final List<String> damaged = new ArrayList<>();
  private Optional<StoredSnapshot> start;
  private Instant next = Instant.MAX;

  /**
   * Reads the newest snapshot.
   *
   * @param executor writes
   */
  SnapshotKeeper(
      Snapshots snapshots, Quarantine quarantine, InstantSource clock, Executor executor) {
    this.snapshots = snapshots;
    this.clock = clock;
    this.executor = executor;
    this.quarantine = quarantine;
    this.start = snapshots.newest(this::damaged);
    start.ifPresent(
        read ->
            LOG.info(
                "begins with snapshot {} of {}: {} tasks",
                read.manifest().number(),
                read.manifest().created(),
                read.tasks().size()));
  }

  private void damaged(String manifestKey, DiffstreamException reason) {
    quarantine.add(manifestKey, reason);
    damaged.add(manifestKey);
  }

  /** What to begin with; once. */
  Optional<StoredSnapshot> takeStart() {
    Optional<StoredSnapshot> taken = start;
    start = Optional.empty();
    return taken;
  }

  /** Where to go on in a topic. */
  Optional<Positions> position(String topic) {
    return start.flatMap(read -> read.position(topic));
  }

  void ready() {
    next = clock.instant().plus(FIRST);
  }

  /**
   * Writes the next one if it is time and something has changed.
   *
   * @param backlog what of the topics is not settled
   */
  void writeWhenDue(TaskCatalog tasks, Followers followers, TaskBacklog backlog) {
    if (superseded.getAndSet(false)) {
      damaged.forEach(quarantine::resolve);
      damaged.clear();
    }
    Instant now = clock.instant();
    boolean isTime = DueTime.isPast(next, INTERVAL, now);
    long changes = tasks.changes();
    if (!isTime
        || changes == writtenChanges.get()
        || tasks.contradictsSnapshot()
        || writing.get()) {
      return;
    }
    SnapshotState state = tasks.state(positions(followers, backlog));
    next = now.plus(INTERVAL);
    writtenChanges.set(changes);
    writing.set(true);
    executor.execute(() -> write(state));
  }

  private void write(SnapshotState state) {
    try {
      Optional<SnapshotManifest> written = snapshots.write(state);
      superseded.set(written.isPresent());
      written.ifPresent(
          manifest ->
              LOG.info(
                  "wrote snapshot {}: {} tasks, {} bytes",
                  manifest.number(),
                  manifest.tasks(),
                  manifest.bytes()));
    } catch (DiffstreamException e) { // the next one holds the same, and more
      LOG.warn("no snapshot was written: {}", e.getMessage());
      writtenChanges.set(-1);
    } finally {
      writing.set(false);
    }
  }

  /** The snapshots tell of another bucket. */
  void removeAll() {
    snapshots.removeAll();
  }

  /** Up to which everything is settled. */
  private static Map<String, Positions> positions(Followers followers, TaskBacklog backlog) {
    Positions read = followers.diffs().positions();
    Map<Integer, Long> settled = new HashMap<>(read.next());
    String prefix = Topics.DIFFS + "/";
    backlog
        .pending()
        .filter(key -> key.startsWith(prefix))
        .forEach(
            place -> {
              String[] parts = place.substring(prefix.length()).split("/", 2);
              settled.merge(Integer.valueOf(parts[0]), Long.valueOf(parts[1]), Math::min);
            });
    return Map.of(
        Topics.ANNOUNCEMENTS,
        followers.announcements().positions(),
        Topics.DIFFS,
        new Positions(read.topicId(), settled));
  }
}
