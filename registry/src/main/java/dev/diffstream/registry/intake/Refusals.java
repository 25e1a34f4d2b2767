package dev.diffstream.registry.intake;

import dev.diffstream.eventlog.DeadLetterHeaders;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.registry.runs.StoredReports.StoredReport;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunFailedBuilder;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.Refusal;
import dev.diffstream.schemas.registry.RefusalBuilder;
import dev.diffstream.schemas.run.RunReport;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Diffs that the registry refused. The object in the bucket is the truth; RunFailed and a dead
 * letter are derived from it. Belongs to the registrar's thread.
 */
public final class Refusals {
  private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);
  private static final long MAX_BYTES = 1 << 20;

  /** A restart repeats RunFailed and the dead letter of refusals younger than this. */
  private static final Duration TOLD_WITHIN = Duration.ofDays(1);

  private final ObjectStore store;
  private final StoredReports reports;
  private final FailureReporter failures;
  private final RunLedger ledger;
  private final RegistryCounters counters;
  private final InstantSource clock;

  public Refusals(
      ObjectStore store,
      StoredReports reports,
      FailureReporter failures,
      RunLedger ledger,
      RegistryCounters counters,
      InstantSource clock) {
    this.store = store;
    this.reports = reports;
    this.failures = failures;
    this.ledger = ledger;
    this.counters = counters;
    this.clock = clock;
  }

  /** The refusal that stands against this diff of this run, by this registry or another. */
  public Optional<Refusal> find(DiffPublished event, Sighting sighting) {
    return all(event.runId()).stream()
        .filter(refusal -> stands(refusal, event, sighting))
        .findFirst();
  }

  /** A diff that is sent once more after a quota has refused it is looked at anew, each time. */
  private static boolean stands(Refusal refusal, DiffPublished event, Sighting sighting) {
    boolean anew = sighting.sentAgain() && RefusedDiffs.mayBeSentAgain(refusal.errorCode().name());
    return refusal.digest().equals(event.digest())
        && (!anew || Objects.equals(refusal.published(), sighting.place()));
  }

  /**
   * Writes the refusal object, then sends the dead letter and RunFailed. Nothing is left to do
   * where another registry has written one for this diff meanwhile: it tells of it.
   */
  public void refuse(
      DiffPublished event, Sighting sighting, DiffstreamException e, Map<String, String> trace) {
    Optional<Refusal> refusal = written(event, sighting, e, trace);
    if (refusal.isEmpty()) {
      LOG.info("refused by another registry: run={} digest={}", event.runId(), event.digest());
      return;
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
    tell(event, sighting, refusal.get(), trace);
  }

  /** Empty if another registry wrote one. The list is read again before every try of a number. */
  private Optional<Refusal> written(
      DiffPublished event, Sighting sighting, DiffstreamException e, Map<String, String> trace) {
    long number = 0;
    while (true) {
      List<Refusal> known = all(event.runId());
      if (known.stream().anyMatch(refusal -> stands(refusal, event, sighting))) {
        return Optional.empty();
      }
      number = Math.max(number, known.size()) + 1;
      Refusal refusal = refusal(number, event, sighting.place(), e);
      if (store.putIfAbsent(ObjectKeys.refusal(event.runId(), number), Json.write(refusal), trace)
          == PutOutcome.CREATED) {
        return Optional.of(refusal);
      }
    }
  }

  /** Sends dead letter and RunFailed of a refusal again if a stopped registry may not have. */
  public void tellAgain(
      DiffPublished event, Sighting sighting, Refusal refusal, Map<String, String> trace) {
    if (refusal.created().plus(TOLD_WITHIN).isAfter(clock.instant())) {
      tell(event, sighting, refusal, trace);
    }
  }

  private void tell(
      DiffPublished event, Sighting sighting, Refusal refusal, Map<String, String> trace) {
    Message letter =
        new Message(event.taskId(), Map.of("content-type", "application/json"), Json.write(event));
    Map<String, String> reason = Map.of(DeadLetterHeaders.DIGEST, event.digest());
    String place = sighting.place();
    if (sighting.sentAgain() && place != null) {
      failures.reportAt(place, failure(event, refusal), trace, letter, reason);
    } else {
      failures.report(failure(event, refusal), trace, letter, reason);
    }
    ledger.addRefused(event.runId(), event.digest());
  }

  private RunFailed failure(DiffPublished event, Refusal refusal) {
    Optional<RunReport> report = reports.find(event.report()).map(StoredReport::report);
    return RunFailedBuilder.builder()
        .runId(event.runId())
        .taskId(event.taskId())
        .eventSource(event.eventSource())
        .eventId(event.eventId())
        .attempt(event.attempt())
        .errorCode(refusal.errorCode())
        .message(refusal.message())
        .report(event.report())
        .owner(report.map(RunReport::owner).orElse(null))
        .examples(report.map(RunReport::examples).orElse(null))
        .build();
  }

  private Refusal refusal(
      long number, DiffPublished event, @Nullable String place, DiffstreamException e) {
    return RefusalBuilder.builder()
        .runId(event.runId())
        .taskId(event.taskId())
        .number(number)
        .attempt(event.attempt())
        .digest(event.digest())
        .event(new EventOrigin(event.eventSource(), event.eventId(), "unknown"))
        .published(place)
        .errorCode(FailureCode.of(e.code()))
        .message(e.reason())
        .created(clock.instant())
        .build();
  }

  private List<Refusal> all(String runId) {
    String prefix = ObjectKeys.refusalsPrefix(runId);
    List<Refusal> refusals = new ArrayList<>();
    try (Stream<String> keys = store.list(prefix)) {
      for (String key : (Iterable<String>) keys::iterator) {
        if (ObjectKeys.number(prefix, key).isPresent()) {
          store
              .get(key, MAX_BYTES)
              .ifPresent(bytes -> refusals.add(Json.read(bytes, Refusal.class, key)));
        }
      }
    }
    return refusals;
  }
}
