package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Positions;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.announce.Announcer;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.BucketWalk;
import dev.diffstream.registry.catalog.ParallelReads;
import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.catalog.TaskListing;
import dev.diffstream.registry.catalog.TaskOwner;
import dev.diffstream.registry.catalog.TaskReader;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.runs.RunIndex;
import dev.diffstream.registry.snapshot.SnapshotState;
import dev.diffstream.registry.snapshot.Snapshots;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.SnapshotManifest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * Makes again from the bucket alone what is derived from it: a fresh snapshot, and the announcement
 * of every task's newest generation where the topic lacks it. It trusts no snapshot and no
 * position. Safe beside running registries: what it writes, they write too.
 */
public final class RegistryRebuild {
  private static final Duration WAIT = Duration.ofMillis(200);
  private static final int AT_ONCE = 4_000;

  private final ObjectStore store;
  private final EventLog log;
  private final String registryId;
  private final InstantSource clock;
  private final ParallelReads reads;
  private final Consumer<String> say;

  /**
   * @param registryId the source of its events
   * @param say hears what is being done
   */
  public RegistryRebuild(
      ObjectStore store,
      EventLog log,
      String registryId,
      InstantSource clock,
      ParallelReads reads,
      Consumer<String> say) {
    this.store = store;
    this.log = log;
    this.registryId = registryId;
    this.clock = clock;
    this.reads = reads;
    this.say = say;
  }

  /**
   * What it found and did.
   *
   * @param unreadable tasks that could not be read; they are in no snapshot
   * @param lacking generations that did not stand last on the topic; announced, unless nothing was
   *     to be changed
   * @param snapshot its number; 0: none was written
   */
  public record Result(
      int tasks,
      long versions,
      List<String> unreadable,
      int lacking,
      long snapshot,
      double seconds) {
    public Result {
      unreadable = List.copyOf(unreadable);
    }
  }

  /** Tasks as the bucket has them. */
  private record Read(PSortedMap<String, TaskView> tasks, List<String> unreadable) {}

  /**
   * @param dryRun finds out alone what there is to do
   */
  public Result run(boolean dryRun) {
    long began = System.nanoTime();
    AliasLog aliases = new AliasLog(store, clock);
    try (Follower follower = log.follow(Topics.ANNOUNCEMENTS)) {
      Map<String, TaskView> known = new ConcurrentHashMap<>();
      Announcer announcer =
          new Announcer(
              log, follower, registryId, clock, task -> TaskOwner.of(known, RunIndex.EMPTY, task));
      while (!follower.caughtUp()) {
        announcer.poll(WAIT);
      }
      Positions position = follower.positions();
      say.accept("the topic tells of " + announcer.lastOnTopic().size() + " tasks");
      Read read = readBucket(new TaskReader(store, new VersionLog(store), aliases, reads));
      known.putAll(read.tasks());
      List<AliasGeneration> lacking = lacking(read, announcer);
      SnapshotState state =
          new SnapshotState(
              read.tasks(), announcer.lastOnTopic(), Map.of(Topics.ANNOUNCEMENTS, position));
      long snapshot = 0;
      if (!dryRun) {
        reads.all(lacking, newest -> announced(newest, aliases, announcer));
        snapshot =
            new Snapshots(store, registryId, clock)
                .write(state)
                .map(SnapshotManifest::number)
                .orElse(0L);
      }
      return new Result(
          read.tasks().size(),
          read.tasks().values().stream().mapToLong(task -> task.versions().size()).sum(),
          read.unreadable(),
          lacking.size(),
          snapshot,
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began) / 1_000.0);
    }
  }

  private Read readBucket(TaskReader reader) {
    PSortedMap<String, TaskView> tasks = TreePMap.empty();
    List<String> unreadable = new ArrayList<>();
    try (BucketWalk walk = new BucketWalk(store)) {
      while (!walk.atEnd()) {
        List<TaskListing> listings = walk.next(AT_ONCE);
        List<Optional<TaskView>> views = reader.read(listings);
        for (int i = 0; i < listings.size(); i++) {
          String id = listings.get(i).task().value();
          if (views.get(i).isPresent()) {
            tasks = tasks.plus(id, views.get(i).get());
          } else {
            unreadable.add(id);
          }
        }
      }
    }
    say.accept("the bucket has " + tasks.size() + " tasks");
    return new Read(tasks, unreadable);
  }

  private static List<AliasGeneration> lacking(Read read, Announcer announcer) {
    List<AliasGeneration> lacking = new ArrayList<>();
    for (TaskView task : read.tasks().values()) {
      AliasGeneration newest = task.aliases();
      if (newest != null && announcer.lacks(newest)) {
        lacking.add(newest);
      }
    }
    return lacking;
  }

  /** Another process may have moved it meanwhile: what is sent is the newest. */
  private static boolean announced(AliasGeneration read, AliasLog aliases, Announcer announcer) {
    AliasGeneration newest = aliases.newest(new TaskId(read.taskId())).orElse(read);
    AliasGeneration current = aliases.broughtForward(newest, announcer.generation(read.taskId()));
    announcer.send(current, aliases.traceOf(current));
    return true;
  }
}
