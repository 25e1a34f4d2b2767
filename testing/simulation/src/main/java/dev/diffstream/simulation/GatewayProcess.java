package dev.diffstream.simulation;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.gateway.announcement.AnnouncementFollower;
import dev.diffstream.gateway.announcement.DiffLoader;
import dev.diffstream.gateway.announcement.DiffPreparer;
import dev.diffstream.gateway.announcement.FollowerLoop;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.signature.TrustedKeys;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A gateway: the product's loop around its follower and catalog, without a model. */
final class GatewayProcess implements SimulatedProcess {
  private static final long MAX_DIFF_BYTES = 1 << 20;

  private final String name;
  private final ObjectStore store;
  private final EventLog log;
  private final Scheduler scheduler;
  private final SimulatedClock.OfMachine wallClock;
  private final Invariants invariants;
  private final Map<String, Long> generations = new HashMap<>();
  private int incarnation;
  private @Nullable FollowerLoop loop;
  private boolean stopping;
  private Set<String> announcedBefore = Set.of();

  GatewayProcess(
      String name,
      ObjectStore store,
      EventLog log,
      Scheduler scheduler,
      SimulatedClock clock,
      Invariants invariants) {
    this.name = name;
    this.store = store;
    this.log = log;
    this.scheduler = scheduler;
    this.wallClock = clock.new OfMachine();
    this.invariants = invariants;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void step() {
    FollowerLoop running = loop == null ? start() : loop;
    loop = running;
    Duration pause = running.step();
    if (stopping) {
      scheduler.note("stops");
      running.disconnect();
      crash();
    }
    scheduler.elapse(pause);
  }

  private FollowerLoop start() {
    incarnation++;
    announcedBefore = Set.of();
    ResidencySender residency = new ResidencySender(log, name, name + "-" + incarnation, wallClock);
    DiffLoader loader =
        new DiffLoader(store, new DigestingPreparer(), MAX_DIFF_BYTES, TrustedKeys.NONE);
    return new FollowerLoop(() -> connect(loader, residency));
  }

  private AnnouncementFollower connect(DiffLoader loader, ResidencySender residency) {
    Set<String> before = invariants.announcedTasks();
    AnnouncementFollower connected =
        new AnnouncementFollower(log, loader, residency, OpenTelemetry.noop(), wallClock);
    announcedBefore = before;
    return connected;
  }

  @Override
  public void crash() {
    loop = null;
    stopping = false;
    generations.clear();
  }

  @Override
  public void askToStop() {
    stopping = true;
  }

  @Override
  public void jumpClock(Duration by) {
    wallClock.jump(by);
  }

  /** Records that nobody can read stay set aside. */
  @Override
  public boolean isIdle() {
    return loop != null
        && loop.catalog().ready()
        && loop.quarantine().entries(1_000).stream().allMatch(e -> e.nextTry() == null);
  }

  /** The digest of the diff that answers for the task. */
  Optional<String> servedDigest(String task) {
    return loop == null
        ? Optional.empty()
        : Optional.ofNullable(loop.catalog().resident().get(task)).map(ResidentDiff::digest);
  }

  /** I5, I6 and I10, by what it would serve now. */
  void check() {
    if (loop == null) {
      return;
    }
    ServingCatalog catalog = loop.catalog();
    for (ResidentDiff resident : catalog.resident().values()) {
      String bytes = ((DigestingPreparer.Prepared) resident.prepared()).digest();
      if (!bytes.equals(resident.digest())) {
        throw new InvariantViolation("I6", name + " answers with other bytes than " + resident);
      }
      invariants.checkServed(name, resident.taskId(), resident.generation(), resident.digest());
      Long before = generations.put(resident.taskId(), resident.generation());
      if (before != null && before > resident.generation()) {
        throw new InvariantViolation("I5", name + " went back from generation " + before);
      }
    }
    for (String task : announcedBefore) {
      if (catalog.ready()
          && !catalog.resident().containsKey(task)
          && !catalog.failed().containsKey(task)) {
        throw new InvariantViolation("I10", name + " is ready without task " + task);
      }
    }
  }

  /** Reads the diff as the product does, and keeps the hash of what it read. */
  private static final class DigestingPreparer implements DiffPreparer {
    private record Prepared(DiffMetadata metadata, String digest) implements PreparedDiff {}

    @Override
    public String baseDigest() {
      return TinyBase.DIGEST;
    }

    @Override
    public PreparedDiff prepare(String digest, byte[] bytes) {
      return new Prepared(DiffReader.read(bytes).metadata(), Sha256.of(bytes));
    }
  }
}
