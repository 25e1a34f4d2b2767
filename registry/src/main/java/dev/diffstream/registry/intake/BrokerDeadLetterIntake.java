package dev.diffstream.registry.intake;

import dev.diffstream.eventlog.DeadLetterHeaders;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.Header;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.intake.BrokerDeadLetter.Verdict;
import dev.diffstream.registry.runs.RunControls;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.run.RunControl;
import dev.diffstream.schemas.run.RunOutcome;
import dev.diffstream.telemetry.TraceContext;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settles the records of the broker's own dead-letter queue. The broker counts every delivery, also
 * those that workers gave back because they were stopped; the attempts in the bucket tell whether
 * the event killed its workers. Belongs to the registrar's thread.
 */
public final class BrokerDeadLetterIntake {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerDeadLetterIntake.class);

  private final EventLog log;
  private final ObjectStore store;
  private final StoredReports reports;
  private final TaskEventHeaderIndex taskEvents;
  private final RunLedger ledger;
  private final RunControls controls;
  private final FailureReporter failures;
  private final RegistryCounters counters;
  private final InstantSource clock;

  public BrokerDeadLetterIntake(
      EventLog log,
      ObjectStore store,
      StoredReports reports,
      TaskEventHeaderIndex taskEvents,
      RunLedger ledger,
      FailureReporter failures,
      RegistryCounters counters,
      InstantSource clock) {
    this.log = log;
    this.store = store;
    this.reports = reports;
    this.taskEvents = taskEvents;
    this.ledger = ledger;
    this.controls = new RunControls(store, clock);
    this.failures = failures;
    this.counters = counters;
    this.clock = clock;
  }

  /** A record of the broker's dead-letter queue. */
  public void settle(Received received) {
    BrokerDeadLetter letter = BrokerDeadLetter.of(received, taskEvents);
    if (ledger.hasDeadLetterAt(letter.place())) {
      return;
    }
    switch (letter.verdict(reports, ledger)) {
      case Verdict.Published published ->
          LOG.info("{}: its run published before its workers were lost", letter.place());
      case Verdict.DeliverAgain again -> deliverAgainOnce(received, letter, again);
      case Verdict.Failed failed -> report(letter, failed.failure());
    }
  }

  /** This record is read again at every start: a run that waits long must not be sent each time. */
  private void deliverAgainOnce(
      Received received, BrokerDeadLetter letter, Verdict.DeliverAgain again) {
    String key = ObjectKeys.redelivery(again.runId(), received.partition(), received.offset());
    if (store.stat(key).isEmpty()) {
      deliverAgain(letter, again);
      store.putIfAbsent(key, Json.write(Map.of("place", letter.place())), Map.of());
    }
  }

  /** Its deliveries were spent on workers that were stopped: it starts with a fresh count. */
  private void deliverAgain(BrokerDeadLetter letter, Verdict.DeliverAgain again) {
    List<Header> headers = new ArrayList<>();
    for (Header header : letter.message().headerList()) {
      if (!header.name().startsWith(DeadLetterHeaders.BROKER_PREFIX)
          && !header.name().equals(DeadLetterHeaders.ORIGIN)) {
        headers.add(header);
      }
    }
    headers.add(Header.of(DeadLetterHeaders.ORIGIN, letter.place()));
    log.publish(letter.topic(), letter.message().withHeaders(headers));
    LOG.warn(
        "run {}: the event at {} is delivered again: only {} of its attempts have no report",
        again.runId(),
        letter.place(),
        again.unreported());
  }

  private void report(BrokerDeadLetter letter, RunFailed failed) {
    if (!ledger.hasFailed(failed.runId(), failed.errorCode())) {
      counters.workersLost().increment();
      LOG.warn("run {} of task {}: {}", failed.runId(), failed.taskId(), failed.message());
    }
    RunOutcome outcome =
        new RunOutcome(
            failed.runId(),
            failed.taskId(),
            new EventOrigin(failed.eventSource(), failed.eventId(), letter.place()),
            failed.errorCode(),
            failed.message(),
            Move.REGISTRY,
            clock.instant());
    store.putIfAbsent(ObjectKeys.outcome(failed.runId()), Json.write(outcome), Map.of());
    failures.reportAt(
        letter.place(),
        failed,
        TraceContext.of(Header.byName(letter.message().headerList())),
        letter.message(),
        controls.newest(failed.runId()).map(RunControl::number).orElse(0L));
  }
}
