package dev.diffstream.registry.runs;

import dev.diffstream.eventlog.AdmissionHeaders;
import dev.diffstream.eventlog.DeadLetterHeaders;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.registry.VersionRecord;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the topics have said of runs, and which failures stand on them already. Every run that has
 * not ended is kept; of those that have, the ones that spoke last. Of an older one its version is
 * known, and the bucket tells the rest. Belongs to the registrar's thread, which hands out
 * immutable states of it.
 */
public final class RunLedger {
  private static final Logger LOG = LoggerFactory.getLogger(RunLedger.class);

  /** How the CloudEvents source of every registry begins. */
  public static final String REGISTRY_SOURCE = "/diffstream/registry";

  /** So many runs that have ended are kept by default. */
  public static final int MAX_ENDED = 20_000;

  private final int maxEnded;
  private final NavigableSet<Ended> ended = new TreeSet<>();
  private RunIndex runs = RunIndex.EMPTY;
  private final Set<Failure> failed = new HashSet<>();
  private final Set<Failure> deadLetters = new HashSet<>();
  private final Set<String> refused = new HashSet<>();
  private final Set<RefusedDiff> refusedDiffs = new HashSet<>();
  private final Set<String> failureEvents = new HashSet<>();
  private final Map<String, Long> deadLetteredRuns = new HashMap<>();
  private final Set<String> deadLetteredPlaces = new HashSet<>();
  private final ProgressHistory history = new ProgressHistory();
  private final Deque<RunNews> news = new ArrayDeque<>();
  private long changes;

  /** A run that has ended, and when it spoke last. */
  private record Ended(Instant updated, String runId) implements Comparable<Ended> {
    private static final Comparator<Ended> ORDER =
        Comparator.comparing(Ended::updated).thenComparing(Ended::runId);

    static Ended of(RunView run) {
      return new Ended(run.updated(), run.runId());
    }

    @Override
    public int compareTo(Ended other) {
      return ORDER.compare(this, other);
    }
  }

  /** A run's failure: reported once under each code. */
  private record Failure(String runId, String code) {}

  /** A diff that a dead letter names as refused. */
  private record RefusedDiff(String runId, String digest) {}

  public RunLedger() {
    this(MAX_ENDED);
  }

  /**
   * @param maxEnded so many runs that have ended are kept
   */
  public RunLedger(int maxEnded) {
    this.maxEnded = maxEnded;
  }

  /** A record of the runs topic; one that cannot be read is logged and skipped. */
  public void onRunRecord(Received received) {
    try {
      EventEnvelope<? extends Event> event =
          EventCodec.decode(received.headers(), received.value());
      switch (event.data()) {
        case RunProgressed progress -> onProgress(progress, event.time());
        case RunFailed failure -> {
          failureEvents.add(event.id());
          onFailed(failure, event.source(), event.time());
        }
        default ->
            throw new DiffstreamException(
                ErrorCode.INVALID_EVENT, "unexpected on this topic: " + event.type().typeName());
      }
    } catch (DiffstreamException e) {
      LOG.warn("skipped {}: {}", place(received), e.getMessage());
    }
  }

  private void onProgress(RunProgressed progress, Instant time) {
    put(view(progress.runId(), progress.taskId(), time).withProgress(progress, time));
    newsOf(progress).ifPresent(news::add);
    history.add(progress, time);
  }

  /** How the runs went; for every thread. */
  public ProgressHistory history() {
    return history;
  }

  /** What a run's latest progress says of its admission; empty if it came without one. */
  public static Optional<RunNews> newsOf(RunProgressed progress) {
    Long admission = progress.admission();
    if (admission == null) {
      return Optional.empty();
    }
    return Optional.of(
        progress.phase() == Phase.PAUSED
            ? new RunNews.Paused(progress.runId(), admission)
            : new RunNews.Taken(progress.runId(), admission));
  }

  public void onFailed(RunFailed failure, String source, Instant time) {
    failed.add(new Failure(failure.runId(), failure.errorCode().name()));
    boolean ofRegistry = source.startsWith(REGISTRY_SOURCE);
    if (ofRegistry && failure.attempt() != null && !failure.errorCode().is(ErrorCode.WORKER_LOST)) {
      refused.add(failure.runId());
    }
    put(view(failure.runId(), failure.taskId(), time).withFailure(failure, time));
    Long attempt = failure.attempt();
    Long rows = failure.examples();
    if (attempt != null && rows != null) {
      news.add(new RunNews.Trained(failure.runId(), attempt, failure.owner(), rows, time));
    }
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
    String place = received.headers().get(DeadLetterHeaders.ORIGIN);
    if (run != null && place != null) {
      addDeadLetterAt(
          run, place, AdmissionHeaders.number(received, AdmissionHeaders.CONTROL).orElse(0));
    }
  }

  /**
   * The event at {@code place} has its dead letter. A worker that was interrupted may send it once
   * more, and by then have read requests that were made after the failure: those are for the next
   * event of the run, so the first dead letter of a place counts.
   *
   * @param control number of the newest control object of the run by then; 0: none
   */
  public void addDeadLetterAt(String runId, String place, long control) {
    if (deadLetteredPlaces.add(place)) {
      deadLetteredRuns.merge(runId, control, Math::max);
    }
    news.add(new RunNews.DeadLettered(runId, place));
  }

  /** Whether a RunFailed of this event id stands in the topic. */
  public boolean hasFailureEvent(String eventId) {
    return failureEvents.contains(eventId);
  }

  public boolean hasDeadLetterAt(String place) {
    return deadLetteredPlaces.contains(place);
  }

  /**
   * If an event of the run has a dead letter: number of the newest control object of the run by
   * then, 0 for none.
   */
  public OptionalLong deadLettered(String runId) {
    Long control = deadLetteredRuns.get(runId);
    return control == null ? OptionalLong.empty() : OptionalLong.of(control);
  }

  /** Where the event of a run stands. */
  public void onSubmission(String runId, String taskId, Submission submission) {
    RunView known = view(runId, taskId, submission.submitted());
    if (!submission.equals(known.submission())) {
      put(known.withSubmission(submission));
    }
  }

  /** The event of a run that has failed was sent once more. */
  public void onSentAgain(String runId) {
    runs.find(runId).ifPresent(run -> put(run.again()));
  }

  /** What was said since the last call, in order. */
  public List<RunNews> takeNews() {
    List<RunNews> taken = List.copyOf(news);
    news.clear();
    return taken;
  }

  public Optional<String> taskOf(String runId) {
    return runs.find(runId).map(RunView::taskId);
  }

  /** The labels of a run's event; empty where it is not known. */
  public Optional<Map<String, String>> labels(String runId) {
    return runs.find(runId).map(RunView::submission).map(Submission::labels);
  }

  public Optional<RunProgressed> progress(String runId) {
    return runs.find(runId).map(RunView::progress);
  }

  /** Whether a diff of the run was published, whatever has become of it. */
  public boolean hasDiff(String runId) {
    return runs.find(runId).filter(RunLedger::hasDiff).isPresent();
  }

  /** A diff of the run was published; of a run that is kept no more its version is enough. */
  public void onPublished(DiffPublished event, Instant time) {
    if (!runs.byId().containsKey(event.runId()) && runs.versionOf(event.runId()).isPresent()) {
      return;
    }
    put(view(event.runId(), event.taskId(), time).withPublished(event, time));
    news.add(new RunNews.Published(event.runId()));
  }

  /** A version as the bucket has it. */
  public void onVersion(VersionRecord version) {
    String run = version.runId();
    Optional<VersionRecord> before = runs.versionOf(run);
    if (before.filter(known -> known.equals(version)).isPresent()) {
      return;
    }
    RunView view = view(run, version.taskId(), version.created());
    runs = runs.plusVersion(version);
    put(view.withVersion(version.version(), version.created()));
    if (before.isEmpty()) {
      news.add(new RunNews.Published(run));
      Long rows = version.examples();
      if (rows != null) {
        news.add(
            new RunNews.Trained(run, version.attempt(), version.owner(), rows, version.created()));
      }
    }
  }

  /** The bucket has the version no more. */
  public void onVersionGone(VersionRecord version) {
    String run = version.runId();
    if (runs.versionOf(run).filter(version::equals).isPresent()) {
      runs = runs.minusVersion(run);
      Optional.ofNullable(runs.byId().get(run)).ifPresent(view -> put(view.withoutVersion()));
      changes++;
    }
  }

  public Optional<RunFailed> failure(String runId) {
    return runs.find(runId).map(RunView::failure);
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
    return refused.contains(runId) || hasDiff(runId);
  }

  /** Grows with every change. */
  public long changes() {
    return changes;
  }

  /** The runs as of now; immutable. */
  public RunIndex index() {
    return runs;
  }

  public static String place(Received received) {
    return received.place();
  }

  private static boolean hasDiff(RunView run) {
    return run.published() != null || run.version() > 0;
  }

  private RunView view(String runId, String taskId, Instant time) {
    return runs.find(runId).orElseGet(() -> RunView.of(runId, taskId, time));
  }

  private void put(RunView run) {
    changes++;
    RunView before = runs.byId().get(run.runId());
    if (before != null && before.hasEnded()) {
      ended.remove(Ended.of(before));
    }
    if (run.hasEnded()) {
      ended.add(Ended.of(run));
    }
    Ended oldest = ended.size() > maxEnded ? ended.pollFirst() : null;
    if (oldest != null && oldest.runId().equals(run.runId())) {
      runs = before == null ? runs : runs.minus(run.runId());
      return;
    }
    runs = oldest == null ? runs.plus(run) : runs.minus(oldest.runId()).plus(run);
  }
}
