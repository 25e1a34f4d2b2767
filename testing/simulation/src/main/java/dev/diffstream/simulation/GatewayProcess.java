package dev.diffstream.simulation;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.gateway.announcement.AnnouncementFollower;
import dev.diffstream.gateway.announcement.DiffLoader;
import dev.diffstream.gateway.announcement.DiffPreparer;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
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

/** A gateway: the product's follower of announcements and its catalog, without a model. */
final class GatewayProcess implements SimulatedProcess {
  private static final long MAX_DIFF_BYTES = 1 << 20;

  private final String name;
  private final ObjectStore store;
  private final EventLog log;
  private final Scheduler scheduler;
  private final SimulatedClock clock;
  private final Invariants invariants;
  private final Map<String, Long> generations = new HashMap<>();
  private int incarnation;
  private @Nullable AnnouncementFollower follower;
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
    this.clock = clock;
    this.invariants = invariants;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void step() {
    try {
      AnnouncementFollower running = follower == null ? connect() : follower;
      follower = running;
      running.step(Duration.ZERO);
    } catch (DiffstreamException e) {
      scheduler.note("will try again: " + e.code());
    }
  }

  private AnnouncementFollower connect() {
    incarnation++;
    Set<String> before = invariants.announcedTasks();
    AnnouncementFollower connected =
        new AnnouncementFollower(
            log,
            new DiffLoader(store, new DigestingPreparer(), MAX_DIFF_BYTES, TrustedKeys.NONE),
            new ResidencySender(log, name, name + "-" + incarnation, clock),
            OpenTelemetry.noop(),
            clock);
    announcedBefore = before;
    return connected;
  }

  @Override
  public void crash() {
    follower = null;
    generations.clear();
  }

  /** Records that nobody can read stay set aside. */
  @Override
  public boolean isIdle() {
    return follower != null
        && follower.catalog().ready()
        && follower.quarantine().entries(1_000).stream().allMatch(e -> e.nextTry() == null);
  }

  /** The digest of the diff that answers for the task. */
  Optional<String> servedDigest(String task) {
    return follower == null
        ? Optional.empty()
        : Optional.ofNullable(follower.catalog().resident().get(task)).map(ResidentDiff::digest);
  }

  /** I5, I6 and I10, by what it would serve now. */
  void check() {
    if (follower == null) {
      return;
    }
    ServingCatalog catalog = follower.catalog();
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
