package dev.diffstream.registry.intake;

import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.catalog.VersionLog.Claim;
import dev.diffstream.registry.quota.OwnerQuotas;
import dev.diffstream.registry.recovery.Recovery.LostEvent;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.registry.runs.StoredReports.StoredReport;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.Refusal;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.registry.VersionRecordBuilder;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.telemetry.TraceContext;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one event at a time to its outcome: a version, or a reported failure. Fails where the
 * outcome cannot be known yet: the store stays away, the registry lacks a right, or an object of
 * the task is broken or gone. Belongs to the registrar's thread.
 */
public final class DiffIntake {
  private static final Logger LOG = LoggerFactory.getLogger(DiffIntake.class);

  private final StoredReports reports;
  private final VersionLog versions;
  private final AliasLog aliases;
  private final DiffVerifier verifier;
  private final ChampionGate gate;
  private final OwnerQuotas quotas;
  private final RunLedger ledger;
  private final Refusals refusals;
  private final Provisionals provisionals;
  private final RegistryCounters counters;
  private final RegistrySpans spans;
  private final InstantSource clock;

  /** What became of a published diff. */
  public sealed interface Settled {
    /** It is this version, now or since an earlier delivery. */
    record Versioned(VersionRecord version, Map<String, String> trace) implements Settled {}

    /** It is a provisional that has its turn, now or since an earlier delivery. */
    record Provisional(AliasLog.Decision decision, Map<String, String> trace) implements Settled {}

    /**
     * It asks for no version, and nothing was to be done: a provisional that is not wanted any
     * more, or a diff of a stage that is not known here.
     */
    record WithoutClaim() implements Settled {}

    /** It was refused, or the record could not be read; that has been reported. */
    record Refused() implements Settled {}
  }

  public DiffIntake(
      StoredReports reports,
      VersionLog versions,
      AliasLog aliases,
      DiffVerifier verifier,
      OwnerQuotas quotas,
      RunLedger ledger,
      Refusals refusals,
      Provisionals provisionals,
      RegistryCounters counters,
      RegistrySpans spans,
      InstantSource clock) {
    this.reports = reports;
    this.versions = versions;
    this.aliases = aliases;
    this.verifier = verifier;
    this.gate = new ChampionGate(versions, aliases);
    this.quotas = quotas;
    this.ledger = ledger;
    this.refusals = refusals;
    this.provisionals = provisionals;
    this.counters = counters;
    this.spans = spans;
    this.clock = clock;
  }

  /**
   * Notes that a record of the diffs topic says that its run published, before it is settled: it
   * may have to wait, and must not count as lost meanwhile.
   *
   * @return the version that its event has got already, if that is known
   */
  public Optional<VersionRecord> onPolled(Received received) {
    try {
      EventEnvelope<DiffPublished> event =
          EventCodec.decode(received.headers(), received.value()).as(DiffPublished.class);
      DiffPublished published = event.data();
      if (published.claimsVersion()) {
        ledger.onPublished(published, event.time());
        return ledger
            .index()
            .versionOf(published.runId())
            .filter(held -> held.isClaimOf(published.eventSource(), published.eventId()));
      }
    } catch (DiffstreamException e) {
      LOG.debug("cannot be read, which is said when it is settled: {}", received.place());
    }
    return Optional.empty();
  }

  /**
   * A record of the diffs topic.
   *
   * @param replayed whether it stood in the topic when this registry started
   */
  public Settled onDiff(Received received, boolean replayed) {
    EventEnvelope<DiffPublished> event;
    try {
      event = EventCodec.decode(received.headers(), received.value()).as(DiffPublished.class);
    } catch (DiffstreamException e) {
      counters.malformed().increment();
      LOG.warn("skipped {}: {}", received.place(), e.getMessage());
      return new Settled.Refused();
    }
    Sighting sighting = new Sighting(received, replayed, RefusedDiffs.isSentAgain(event.source()));
    return settle(event.data(), sighting, event.time(), TraceContext.of(event.extensions()));
  }

  /** A diff whose event was lost; the report of its run holds a copy of the event (I5). */
  public Settled onLostEvent(LostEvent lost) {
    DiffPublished event = lost.published();
    LOG.info("the event of run {} was lost, its report says it published", event.runId());
    return settle(event, Sighting.NONE, clock.instant(), TraceContext.of(lost.trace()));
  }

  private Settled settle(
      DiffPublished event, Sighting sighting, Instant time, Map<String, String> sender) {
    if (!event.claimsVersion()) {
      counters.withoutClaim().increment();
      if (!DiffPublished.PROVISIONAL.equals(event.stage())) {
        return passedOver(event);
      }
    }
    RegistrySpans.Open span = spans.start(event.taskId(), event.digest(), event.runId(), sender);
    try {
      return event.claimsVersion() ? settle(event, sighting, time, span) : provisional(event, span);
    } catch (DiffstreamException e) {
      span.failed(e.code().name());
      throw e;
    } finally {
      span.span().end();
    }
  }

  private static Settled passedOver(DiffPublished event) {
    LOG.info(
        "no version asked for: task={} run={} stage={}",
        event.taskId(),
        event.runId(),
        event.stage());
    return new Settled.WithoutClaim();
  }

  /** A provisional that is refused changes nothing for its run, which goes on. */
  private Settled provisional(DiffPublished event, RegistrySpans.Open span) {
    Map<String, String> trace = span.headers();
    Optional<AliasLog.Decision> entered;
    try {
      entered = provisionals.enter(event, trace);
    } catch (DiffstreamException e) {
      if (isNoFaultOfTheDiff(e)) {
        throw e;
      }
      span.failed(e.code().name());
      LOG.warn(
          "refused provisional task={} run={}: {}", event.taskId(), event.runId(), e.getMessage());
      return new Settled.Refused();
    }
    if (entered.filter(AliasLog.Decision::decided).isPresent()) {
      LOG.info(
          "provisional task={} generation={} digest={} run={}",
          event.taskId(),
          entered.get().newest().generation(),
          event.digest(),
          event.runId());
    }
    return entered
        .<Settled>map(decision -> new Settled.Provisional(decision, trace))
        .orElseGet(Settled.WithoutClaim::new);
  }

  /** It may pass later, or is a right that the registry lacks. */
  private static boolean isNoFaultOfTheDiff(DiffstreamException e) {
    return e.code().retryable() || e.code() == ErrorCode.DATA_FORBIDDEN;
  }

  private Settled settle(
      DiffPublished event, Sighting sighting, Instant time, RegistrySpans.Open span) {
    Map<String, String> trace = span.headers();
    ledger.onPublished(event, time);
    TaskId task = new TaskId(event.taskId());
    Optional<VersionRecord> held = versions.heldBy(task, event.eventSource(), event.eventId());
    if (held.isPresent()) {
      return duplicate(event, held.get(), trace);
    }
    Optional<Refusal> refusal = refusals.find(event, sighting);
    if (refusal.isPresent()) {
      refusals.tellAgain(event, sighting, refusal.get(), trace);
      return new Settled.Refused();
    }
    long decided = aliases.newest(task).map(AliasGeneration::decidedThrough).orElse(0L);
    sighting.checkNotOfAMissingVersion(event, versions.versions(task), decided);
    Optional<StoredReport> report = reports.find(event.report());
    DiffMetadata metadata;
    try {
      metadata = verifier.verify(event, report);
      gate.check(event, metadata, report);
      quotas.checkRoom(ownerOf(report), event.bytes(), event.digest());
    } catch (DiffstreamException e) {
      span.failed(e.code().name());
      if (isNoFaultOfTheDiff(e)) {
        throw e;
      }
      refusals.refuse(event, sighting, e, trace);
      return new Settled.Refused();
    }
    Claim claim =
        versions.claim(
            task,
            event.eventSource(),
            event.eventId(),
            decided,
            number -> version(number, event, sighting.place(), metadata, report));
    return claim.duplicate()
        ? duplicate(event, claim.version(), trace)
        : accepted(claim.version(), trace);
  }

  private Settled accepted(VersionRecord version, Map<String, String> trace) {
    counters.versioned().increment();
    LOG.info(
        "accepted task={} version={} digest={} run={}",
        version.taskId(),
        version.version(),
        version.digest(),
        version.runId());
    return new Settled.Versioned(version, trace);
  }

  private Settled duplicate(DiffPublished event, VersionRecord held, Map<String, String> trace) {
    counters.duplicates().increment();
    LOG.debug(
        "duplicate task={} version={} digest={} run={}",
        held.taskId(),
        held.version(),
        event.digest(),
        event.runId());
    return new Settled.Versioned(held, trace);
  }

  private VersionRecord version(
      long number,
      DiffPublished event,
      @Nullable String place,
      DiffMetadata metadata,
      Optional<StoredReport> report) {
    return VersionRecordBuilder.builder()
        .taskId(event.taskId())
        .version(number)
        .digest(event.digest())
        .bytes(event.bytes())
        .baseDigest(event.baseDigest())
        .event(
            report
                .map(stored -> stored.report().event())
                .orElse(new EventOrigin(event.eventSource(), event.eventId(), "unknown")))
        .runId(event.runId())
        .attempt(event.attempt())
        .published(place)
        .report(event.report())
        .reportDigest(report.map(StoredReport::digest).orElse(null))
        .objective(metadata.objective().text())
        .labels(metadata.labels())
        .method(metadata.method())
        .precision(metadata.precision().text())
        .features(metadata.features())
        .pairEncoding(metadata.pairEncoding())
        .parents(metadata.parents())
        .density(metadata.density())
        .nonzeros(metadata.nonzeros())
        .metrics(metadata.metrics())
        .owner(ownerOf(report))
        .examples(report.map(StoredReport::report).map(RunReport::examples).orElse(null))
        .created(clock.instant())
        .build();
  }

  private static @Nullable String ownerOf(Optional<StoredReport> report) {
    return report.map(StoredReport::report).map(RunReport::owner).orElse(null);
  }
}
