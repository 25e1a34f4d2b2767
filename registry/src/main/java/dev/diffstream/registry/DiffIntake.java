package dev.diffstream.registry;

import dev.diffstream.eventlog.DeadLetterHeaders;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.Header;
import dev.diffstream.registry.Recovery.LostEvent;
import dev.diffstream.registry.StoredReports.StoredReport;
import dev.diffstream.registry.VersionLog.Claim;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.Json;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.diff.DiffMetadata;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunFailedBuilder;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.registry.VersionRecordBuilder;
import dev.diffstream.telemetry.TraceContext;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one event at a time to its outcome: a version, or a reported failure. Fails only with codes
 * that are worth a retry. Belongs to the registrar's thread.
 */
final class DiffIntake {
  private static final Logger LOG = LoggerFactory.getLogger(DiffIntake.class);

  private final StoredReports reports;
  private final TaskEvents taskEvents;
  private final VersionLog versions;
  private final DiffVerifier verifier;
  private final RunLedger ledger;
  private final FailureReporter failures;
  private final RegistryCounters counters;
  private final RegistrySpans spans;
  private final InstantSource clock;

  /** What became of a published diff. */
  sealed interface Settled {
    /** It is this version, now or since an earlier delivery. */
    record Versioned(VersionRecord version, Map<String, String> trace) implements Settled {}

    /** It was refused, or the record could not be read; that has been reported. */
    record Refused() implements Settled {}
  }

  DiffIntake(
      StoredReports reports,
      TaskEvents taskEvents,
      VersionLog versions,
      DiffVerifier verifier,
      RunLedger ledger,
      FailureReporter failures,
      RegistryCounters counters,
      RegistrySpans spans,
      InstantSource clock) {
    this.reports = reports;
    this.taskEvents = taskEvents;
    this.versions = versions;
    this.verifier = verifier;
    this.ledger = ledger;
    this.failures = failures;
    this.counters = counters;
    this.spans = spans;
    this.clock = clock;
  }

  /** A record of the diffs topic. */
  Settled onDiff(Received received) {
    EventEnvelope<DiffPublished> event;
    try {
      event = EventCodec.decode(received.headers(), received.value()).as(DiffPublished.class);
    } catch (DiffstreamException e) {
      counters.malformed().increment();
      LOG.warn("skipped {}: {}", RunLedger.place(received), e.getMessage());
      return new Settled.Refused();
    }
    return settle(
        event.data(), RunLedger.place(received), event.time(), TraceContext.of(event.extensions()));
  }

  /** A diff whose event was lost; its report speaks for it (I5). */
  Settled onLostEvent(LostEvent lost) {
    DiffPublished event = lost.published();
    LOG.info("the event of run {} was lost, its report says it published", event.runId());
    return settle(event, null, clock.instant(), TraceContext.of(lost.trace()));
  }

  /** A record of the broker's dead-letter queue. */
  void onBrokerDeadLetter(Received received) {
    BrokerDeadLetter letter = BrokerDeadLetter.of(received, taskEvents);
    Optional<RunFailed> failure = letter.failure(reports, ledger);
    if (failure.isEmpty()) {
      LOG.info("{}: its run published before its workers were lost", letter.place());
      return;
    }
    RunFailed failed = failure.get();
    if (!ledger.hasFailed(failed.runId(), failed.errorCode())) {
      counters.workersLost().increment();
      LOG.warn("run {} of task {}: {}", failed.runId(), failed.taskId(), failed.message());
    }
    failures.report(
        failed,
        TraceContext.of(Header.byName(letter.message().headerList())),
        letter.message(),
        Map.of(DeadLetterHeaders.ORIGIN, letter.place()));
  }

  private Settled settle(
      DiffPublished event, @Nullable String place, Instant time, Map<String, String> sender) {
    RegistrySpans.Open span = spans.start(event.taskId(), event.digest(), event.runId(), sender);
    try {
      return settle(event, place, time, span);
    } catch (DiffstreamException e) {
      span.failed(e.code().name());
      throw e;
    } finally {
      span.span().end();
    }
  }

  private Settled settle(
      DiffPublished event, @Nullable String place, Instant time, RegistrySpans.Open span) {
    Map<String, String> trace = span.headers();
    ledger.onPublished(event, time);
    TaskId task = new TaskId(event.taskId());
    Optional<VersionRecord> held = versions.heldBy(task, event.eventSource(), event.eventId());
    if (held.isPresent()) {
      return duplicate(event, held.get(), trace);
    }
    if (ledger.wasRefused(event.runId(), event.digest())) {
      return new Settled.Refused();
    }
    DiffMetadata metadata;
    try {
      metadata = verifier.verify(event);
    } catch (DiffstreamException e) {
      span.failed(e.code().name());
      return refused(event, e, trace);
    }
    Claim claim =
        versions.claim(
            task, event.eventSource(), event.eventId(), n -> version(n, event, place, metadata));
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

  private Settled refused(DiffPublished event, DiffstreamException e, Map<String, String> trace) {
    if (e.code().retryable()) {
      throw e;
    }
    LongAdder count = counters.refused().get(e.code());
    if (count != null) {
      count.increment();
    }
    LOG.warn(
        "refused task={} digest={} run={} {}",
        event.taskId(),
        event.digest(),
        event.runId(),
        e.getMessage());
    RunFailed failure =
        RunFailedBuilder.builder()
            .runId(event.runId())
            .taskId(event.taskId())
            .eventSource(event.eventSource())
            .eventId(event.eventId())
            .attempt(event.attempt())
            .errorCode(FailureCode.of(e.code()))
            .message(e.reason())
            .report(event.report())
            .build();
    Message letter =
        new Message(event.taskId(), Map.of("content-type", "application/json"), Json.write(event));
    failures.report(failure, trace, letter, Map.of(DeadLetterHeaders.DIGEST, event.digest()));
    ledger.addRefused(event.runId(), event.digest());
    return new Settled.Refused();
  }

  private VersionRecord version(
      long number, DiffPublished event, @Nullable String place, DiffMetadata metadata) {
    Optional<StoredReport> report = reports.find(event.report());
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
        .created(clock.instant())
        .build();
  }
}
