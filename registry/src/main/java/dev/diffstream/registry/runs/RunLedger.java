package dev.diffstream.registry.runs;

import dev.diffstream.eventlog.DeadLetterHeaders;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.registry.VersionRecord;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the topics have said of every run, and which failures stand on them already. Mutable;
 * belongs to the registrar's thread, which hands out copies.
 */
public final class RunLedger {
  private static final Logger LOG = LoggerFactory.getLogger(RunLedger.class);

  /** How the CloudEvents source of every registry begins. */
  public static final String REGISTRY_SOURCE = "/diffstream/registry";

  private final Map<String, RunView> runs = new HashMap<>();
  private final Set<Failure> failed = new HashSet<>();
  private final Set<Failure> deadLetters = new HashSet<>();
  private final Set<String> refused = new HashSet<>();
  private final Set<RefusedDiff> refusedDiffs = new HashSet<>();
  private long changes;

  /** A run's failure: reported once under each code. */
  private record Failure(String runId, String code) {}

  /** A diff that a dead letter names as refused. */
  private record RefusedDiff(String runId, String digest) {}

  /** A record of the runs topic; one that cannot be read is logged and skipped. */
  public void onRunRecord(Received received) {
    try {
      EventEnvelope<? extends Event> event =
          EventCodec.decode(received.headers(), received.value());
      switch (event.data()) {
        case RunProgressed progress ->
            put(
                view(progress.runId(), progress.taskId(), event.time())
                    .withProgress(progress, event.time()));
        case RunFailed failure -> onFailed(failure, event.source(), event.time());
        default ->
            throw new DiffstreamException(
                ErrorCode.INVALID_EVENT, "unexpected on this topic: " + event.type().typeName());
      }
    } catch (DiffstreamException e) {
      LOG.warn("skipped {}: {}", place(received), e.getMessage());
    }
  }

  public void onFailed(RunFailed failure, String source, Instant time) {
    failed.add(new Failure(failure.runId(), failure.errorCode().name()));
    if (source.startsWith(REGISTRY_SOURCE) && !failure.errorCode().is(ErrorCode.WORKER_LOST)) {
      refused.add(failure.runId());
    }
    put(view(failure.runId(), failure.taskId(), time).withFailure(failure, time));
  }

  /** A record of the dead-letter topic, ours or a worker's. */
  public void onDeadLetter(Received received) {
    String run = received.headers().get(DeadLetterHeaders.RUN_ID);
    String code = received.headers().get(DeadLetterHeaders.ERROR_CODE);
    if (run != null && code != null) {
      deadLetters.add(new Failure(run, code));
      String digest = received.headers().get(DeadLetterHeaders.DIGEST);
      if (digest != null) {
        addRefused(run, digest);
      }
    }
  }

  public void onPublished(DiffPublished event, Instant time) {
    put(view(event.runId(), event.taskId(), time).withPublished(event, time));
  }

  public void onVersion(VersionRecord version) {
    put(
        view(version.runId(), version.taskId(), version.created())
            .withVersion(version.version(), version.created()));
  }

  public Optional<RunFailed> failure(String runId) {
    return Optional.ofNullable(runs.get(runId)).map(RunView::failure);
  }

  public boolean hasFailed(String runId, FailureCode code) {
    return failed.contains(new Failure(runId, code.name()));
  }

  public boolean hasDeadLetter(String runId, FailureCode code) {
    return deadLetters.contains(new Failure(runId, code.name()));
  }

  public void addDeadLetter(String runId, FailureCode code) {
    deadLetters.add(new Failure(runId, code.name()));
  }

  /** Whether a registry has refused this diff of this run before, and both reports of it stand. */
  public boolean wasRefused(String runId, String digest) {
    return refused.contains(runId) && refusedDiffs.contains(new RefusedDiff(runId, digest));
  }

  public void addRefused(String runId, String digest) {
    refusedDiffs.add(new RefusedDiff(runId, digest));
  }

  /** Whether a diff of the run was published, versioned or refused, as far as the topics say. */
  public boolean hasPublished(String runId) {
    RunView run = runs.get(runId);
    return refused.contains(runId)
        || (run != null && (run.published() != null || run.version() > 0));
  }

  /** Grows with every change. */
  public long changes() {
    return changes;
  }

  public Map<String, RunView> copy() {
    return Map.copyOf(runs);
  }

  public static String place(Received received) {
    return received.place();
  }

  private RunView view(String runId, String taskId, Instant time) {
    RunView known = runs.get(runId);
    return known == null ? RunView.of(runId, taskId, time) : known;
  }

  private void put(RunView run) {
    runs.put(run.runId(), run);
    changes++;
  }
}
