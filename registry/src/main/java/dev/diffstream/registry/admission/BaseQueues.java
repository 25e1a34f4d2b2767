package dev.diffstream.registry.admission;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.admission.KnownBases.Resolution;
import dev.diffstream.schemas.Topics;
import dev.diffstream.service.DueTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The queues of the bases that are known. Belongs to the registrar's thread. */
final class BaseQueues {
  /** How often the bucket is asked for bases while an event waits for one. */
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final EventLog log;
  private final String registryId;
  private final AdmissionSettings settings;
  private final SetAside setAside;
  private final OwnerTurns owners;
  private final InstantSource clock;
  private final BaseQueue.Outcomes outcomes;
  private final KnownBases bases;
  private final AdmissionLog admissions;
  private final Map<String, BaseQueue> queues = new TreeMap<>();
  private @Nullable Instant next;

  BaseQueues(
      ObjectStore store,
      EventLog log,
      String registryId,
      AdmissionSettings settings,
      SetAside setAside,
      OwnerTurns owners,
      InstantSource clock,
      BaseQueue.Outcomes outcomes) {
    this.log = log;
    this.registryId = registryId;
    this.settings = settings;
    this.setAside = setAside;
    this.owners = owners;
    this.clock = clock;
    this.outcomes = outcomes;
    this.bases = new KnownBases(store, settings.defaultBase(), setAside);
    this.admissions = new AdmissionLog(store);
  }

  Collection<BaseQueue> queues() {
    return List.copyOf(queues.values());
  }

  /**
   * @param digest of a base; null: it is not known
   */
  Optional<BaseQueue> queue(@Nullable String digest) {
    return digest == null ? Optional.empty() : Optional.ofNullable(queues.get(digest));
  }

  /** Whether every work topic is read to its end. */
  boolean caughtUp() {
    return queues.values().stream().allMatch(BaseQueue::caughtUp);
  }

  boolean isEmpty() {
    return bases.digests().isEmpty();
  }

  /**
   * @param named name or digest; null: the default
   */
  Resolution resolve(@Nullable String named) {
    return bases.resolve(named);
  }

  /** Whether the bucket was not asked for a while. */
  boolean areDue() {
    return next == null || DueTime.isPast(next, INTERVAL, clock.instant());
  }

  /** Asks the bucket for bases, and opens the work topics of those that are new. */
  void refresh() {
    next = clock.instant().plus(INTERVAL);
    bases.refresh();
    for (String digest : bases.digests()) {
      if (!queues.containsKey(digest)) {
        setAside.unlessReadable(Topics.work(digest), () -> queues.put(digest, open(digest)));
      }
    }
  }

  private BaseQueue open(String digest) {
    return new BaseQueue(
        digest,
        registryId,
        admissions,
        setAside,
        WorkTopic.open(log, digest),
        settings,
        owners,
        clock,
        outcomes);
  }
}
