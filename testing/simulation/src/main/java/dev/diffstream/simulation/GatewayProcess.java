package dev.diffstream.simulation;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.gateway.announcement.AnnouncementFollower;
import dev.diffstream.gateway.announcement.DiffLoader;
import dev.diffstream.gateway.announcement.DiffPreparer;
import dev.diffstream.gateway.announcement.FollowerLoop;
import dev.diffstream.gateway.announcement.Loading;
import dev.diffstream.gateway.announcement.ServedTimes;
import dev.diffstream.gateway.cache.DiffCache;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.catalog.VersionHealth;
import dev.diffstream.gateway.certificate.CertificateCounts;
import dev.diffstream.gateway.certificate.CertificateLane;
import dev.diffstream.gateway.certificate.ProbeBits;
import dev.diffstream.gateway.confidence.Confidences;
import dev.diffstream.gateway.memory.DiffMemory;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.service.UnavailableException;
import dev.diffstream.simulation.base.TinyBase;
import dev.diffstream.simulation.damage.GatewayDisk;
import dev.diffstream.simulation.schedule.InvariantViolation;
import dev.diffstream.simulation.schedule.Scheduler;
import dev.diffstream.simulation.schedule.SimulatedClock;
import dev.diffstream.simulation.schedule.SimulatedProcess;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A gateway: the product's loop around its follower, catalog and disk cache, without a model. What
 * it loads ends in any order, between any of its steps.
 */
final class GatewayProcess implements SimulatedProcess {
  /** Of prepared diffs, with fewer than there are tasks. */
  private static final long ROOM = 2;

  private static final long MAX_DIFF_BYTES = 1 << 20;
  private static final double MAX_FAULTS = 0.05;

  /** Of how many questions one finds that its version answers badly. */
  private static final int BADLY_ONE_IN = 50;

  private static final int FAILED_TEST_ONE_IN = 20;

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
  private Map<String, Long> announcedBefore = Map.of();
  private final GatewayDisk disk;
  private final List<Runnable> loads = new ArrayList<>();
  private VersionHealth health;

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
    this.disk = new GatewayDisk(scheduler);
    this.health = new VersionHealth(MAX_FAULTS, wallClock);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void step() {
    FollowerLoop running = loop == null ? start() : loop;
    loop = running;
    load();
    Duration pause = running.step(Duration.ZERO);
    ask(running.catalog());
    if (stopping) {
      scheduler.note("stops");
      running.disconnect();
      crash();
    }
    scheduler.elapse(pause);
  }

  /** Some of the loads that were begun end, in any order; without faults all of them. */
  private void load() {
    int ending = loads.size();
    if (scheduler.faultsAreOn()) {
      ending = scheduler.random().nextInt(ending + 1);
    }
    for (; ending > 0; ending--) {
      loads.remove(scheduler.random().nextInt(loads.size())).run();
    }
  }

  /**
   * Asks one of the tasks, as a request does: what was let go is read again, and is what it says
   * (I6).
   */
  private void ask(ServingCatalog catalog) {
    List<ResidentDiff> served = List.copyOf(catalog.resident().values());
    if (served.isEmpty()) {
      return;
    }
    ResidentDiff asked = served.get(scheduler.random().nextInt(served.size()));
    if (scheduler.faultsAreOn() && scheduler.random().nextInt(BADLY_ONE_IN) == 0) {
      scheduler.note("task " + asked.taskId() + " answers badly");
      health.answered(asked, VersionHealth.MIN_FAULTS, VersionHealth.MIN_FAULTS);
    }
    try {
      asked.prepared().acquire().ifPresent(diff -> checkBytes(asked, diff));
    } catch (UnavailableException e) {
      scheduler.note("cannot answer: " + e.getMessage());
    }
  }

  private FollowerLoop start() {
    incarnation++;
    health = new VersionHealth(MAX_FAULTS, wallClock);
    announcedBefore = Map.of();
    DiffCache cache = disk.open(wallClock);
    ResidencySender residency = new ResidencySender(log, name, name + "-" + incarnation, wallClock);
    DiffLoader loader =
        new DiffLoader(
            store,
            cache,
            List.of(new DigestingPreparer(this::test)),
            MAX_DIFF_BYTES,
            TrustedKeys.NONE,
            new DiffMemory(ROOM, Set.of()));
    return new FollowerLoop(() -> connect(loader, residency));
  }

  /** A self-test that fails may pass when it is run again. */
  private void test() {
    if (scheduler.faultsAreOn() && scheduler.random().nextInt(FAILED_TEST_ONE_IN) == 0) {
      scheduler.note("a self-test fails");
      throw new DiffstreamException(ErrorCode.SELF_TEST_FAILED, "the probes do not agree");
    }
  }

  private AnnouncementFollower connect(DiffLoader loader, ResidencySender residency) {
    Map<String, Long> before = invariants.announcedTasks();
    AnnouncementFollower connected =
        new AnnouncementFollower(
            log,
            loader,
            residency,
            OpenTelemetry.noop(),
            wallClock,
            new Loading(
                loads::add,
                MAX_DIFF_BYTES,
                new ServedTimes(wallClock),
                health,
                new Confidences(wallClock),
                new CertificateLane(loads::add, new CertificateCounts())));
    announcedBefore = before;
    return connected;
  }

  @Override
  public void crash() {
    loop = null;
    loads.clear();
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
        && loads.isEmpty()
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
    catalog.previous().values().forEach(this::checkServed);
    for (ResidentDiff resident : catalog.resident().values()) {
      checkServed(resident);
      Long before = generations.put(resident.taskId(), resident.generation());
      if (before != null && before > resident.generation()) {
        throw new InvariantViolation("I5", name + " went back from generation " + before);
      }
    }
    for (String task : announcedBefore.keySet()) {
      if (catalog.ready()
          && invariants.isServedSince(task, announcedBefore.get(task))
          && !catalog.resident().containsKey(task)
          && !catalog.failed().containsKey(task)) {
        throw new InvariantViolation("I10", name + " is ready without task " + task);
      }
    }
  }

  /** I6: its generation names it. */
  private void checkServed(ResidentDiff diff) {
    invariants.checkServed(name, diff.taskId(), diff.generation(), diff.digest());
  }

  private void checkBytes(ResidentDiff diff, PreparedDiff inMemory) {
    String bytes = ((DigestingPreparer.Prepared) inMemory).digest();
    if (!bytes.equals(diff.digest())) {
      throw new InvariantViolation("I6", name + " answers with other bytes than " + diff);
    }
  }

  /** Reads the diff as the product does, and keeps the hash of what it read. */
  private record DigestingPreparer(Runnable selfTest) implements DiffPreparer {
    private record Prepared(DiffMetadata metadata, String digest) implements PreparedDiff {
      @Override
      public long bytes() {
        return 1;
      }
    }

    @Override
    public String baseDigest() {
      return TinyBase.DIGEST;
    }

    @Override
    public String fingerprint() {
      return "simulation";
    }

    @Override
    public UntestedDiff prepare(String digest, byte[] bytes) {
      return new UntestedDiff(
          new Prepared(DiffReader.read(bytes).metadata(), Sha256.of(bytes)), selfTest);
    }

    /** The bytes that answer decide what is said. */
    @Override
    public ProbeBits replay(PreparedDiff prepared) {
      int said = ((Prepared) prepared).digest().hashCode();
      return ProbeBits.of(List.of(new float[] {Float.intBitsToFloat(said)}));
    }
  }
}
