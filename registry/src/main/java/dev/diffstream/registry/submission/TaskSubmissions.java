package dev.diffstream.registry.submission;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventType;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.SubmissionClaim;
import dev.diffstream.schemas.run.RunIds;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sends task events for callers of the registry, checked as every reader checks them. There is no
 * second way into learning: what is sent here stands in the topic of task events. Thread-safe.
 */
public final class TaskSubmissions {
  /** CloudEvents source of the events; their ids are the callers' request ids. */
  public static final String SOURCE = "/diffstream/api";

  private static final Pattern RUN_ID = Pattern.compile("run-[0-9a-f]{24}");
  private static final int NAME_CHARS = 100;
  private static final int MAX_CLAIM_BYTES = 4 << 20;
  private static final Duration KNOWN_AFTER = Duration.ofSeconds(3);
  private static final Pattern REQUEST_ID = Pattern.compile("[!-~]{1,128}");
  private static final Pattern UNUSUAL = Pattern.compile("[^A-Za-z0-9._-]");

  private final ObjectStore store;
  private final EventLog log;
  private final Predicate<String> isKnown;
  private final InstantSource clock;
  private final TaskClaims claims;

  /**
   * @param isKnown whether a run is known: its event is not sent again
   * @param claims whose the tasks are that somebody sends events of
   */
  public TaskSubmissions(
      ObjectStore store,
      EventLog log,
      Predicate<String> isKnown,
      InstantSource clock,
      TaskClaims claims) {
    this.claims = claims;
    this.store = store;
    this.log = log;
    this.isKnown = isKnown;
    this.clock = clock;
  }

  /**
   * What was sent.
   *
   * @param runId of the run that the event begins
   * @param eventId of the event, whose source is {@link #SOURCE}
   */
  public record Submitted(String runId, String taskId, String eventId) {}

  /**
   * A request to send an event.
   *
   * @param event as its schema says, without the files that come along
   * @param files by the names that the event's data gives them: {@code train}, {@code dev}, {@code
   *     test}
   * @param digest SHA-256 over what the caller sent
   * @param trace of the caller
   */
  public record Draft(
      ObjectNode event,
      Map<String, StagedFile> files,
      String requestId,
      String digest,
      Map<String, String> trace) {
    /** Of a caller who sent the event and the files as they are. */
    public static Draft of(
        ObjectNode event,
        Map<String, StagedFile> files,
        String requestId,
        Map<String, String> trace) {
      StringBuilder sent = new StringBuilder(Sha256.of(Json.write(event)));
      new TreeMap<>(files).forEach((part, file) -> sent.append(part).append(file.digest()));
      return new Draft(event, files, requestId, Sha256.of(sent.toString()), trace);
    }

    private Draft with(ObjectNode owned) {
      return new Draft(owned, files, requestId, digest, trace);
    }
  }

  /** The tenant for whom the sender sends; null: nobody in particular. */
  public @Nullable String tenant() {
    return claims.tenant();
  }

  /** The id of the run that a request of this id begins. */
  public static String runId(String requestId) {
    return RunIds.of(SOURCE, requestId);
  }

  /**
   * What the request that began the run was for; empty if it was none of a caller's, and for
   * somebody who may not know of the task.
   */
  public Optional<SubmissionClaim> claim(String runId) {
    return stored(runId).filter(this::isVisible);
  }

  private boolean isVisible(SubmissionClaim claim) {
    return claims.sees(claim.event().path("owner").asText());
  }

  private Optional<SubmissionClaim> stored(String runId) {
    if (!RUN_ID.matcher(runId).matches()) {
      return Optional.empty();
    }
    String key = ObjectKeys.submission(runId);
    return store
        .get(key, MAX_CLAIM_BYTES)
        .map(bytes -> Json.read(bytes, SubmissionClaim.class, key));
  }

  /**
   * What a request that is made again was answered; its event is sent unless it is known. Empty if
   * no request of this id was made.
   *
   * @throws DiffstreamException INVALID_REQUEST if the id was used for another request
   */
  public Optional<Submitted> repeated(String requestId, String digest, Map<String, String> trace) {
    checkId(requestId);
    String run = runId(requestId);
    Optional<SubmissionClaim> claim = stored(run);
    claim.ifPresent(
        before -> {
          if (!isVisible(before)) {
            throw invalid("the request id was used for another request", null);
          }
          checkSame(before, digest);
          if (!becomesKnown(run)) {
            publish(before, trace);
          }
        });
    return claim.map(before -> new Submitted(run, before.taskId(), requestId));
  }

  /**
   * Puts the files under the task's own data and sends the event, unless a request of the same id
   * did.
   *
   * @throws DiffstreamException INVALID_REQUEST for what is no such event and for an id that was
   *     used for another request, DATA_UNREADABLE if an object that the event names is not there,
   *     PERMISSION_DENIED for a task that is not the sender's; before anything is written
   */
  public Submitted submit(Draft draft) {
    return submitOwned(draft.with(claims.owned(draft.event())));
  }

  private Submitted submitOwned(Draft draft) {
    Optional<Submitted> before = repeated(draft.requestId(), draft.digest(), draft.trace());
    if (before.isPresent()) {
      return before.get();
    }
    String run = runId(draft.requestId());
    Map<String, StagedFile> uploads = new TreeMap<>();
    ObjectNode event = named(draft, run, uploads);
    TaskSubmitted task = checked(event, draft.requestId());
    checkData(task, uploads.keySet());
    uploads.forEach(
        (key, file) -> {
          try (InputStream content = file.open()) {
            store.upload(key, content, Map.of());
          } catch (IOException e) {
            throw invalid("the file " + Bounded.value(file.name()) + " cannot be read: " + e, e);
          }
        });
    SubmissionClaim claim =
        new SubmissionClaim(
            run, task.taskId(), draft.requestId(), draft.digest(), event, clock.instant());
    if (store.putIfAbsent(ObjectKeys.submission(run), Json.write(claim), Map.of())
        == PutOutcome.CREATED) {
      if (!isKnown.test(run)) {
        publish(claim, draft.trace());
      }
      return new Submitted(run, task.taskId(), draft.requestId());
    }
    return repeated(draft.requestId(), draft.digest(), draft.trace())
        .orElseThrow(
            () ->
                new DiffstreamException(
                    ErrorCode.OUTCOME_UNKNOWN,
                    ObjectKeys.submission(run) + " exists and cannot be read"));
  }

  /** The event with its files' keys; a key holds the digest, so that no file replaces another. */
  private static ObjectNode named(Draft draft, String run, Map<String, StagedFile> uploads) {
    ObjectNode event = draft.event().deepCopy();
    if (draft.files().isEmpty()) {
      return event;
    }
    if (event.has("data") && !event.path("data").isObject()) {
      throw invalid("data must be an object", null);
    }
    String id = event.path("taskId").asText();
    if (!TaskId.isValid(id)) {
      throw invalid("taskId must be a task id, got: " + Bounded.value(id), null);
    }
    draft
        .files()
        .forEach(
            (part, file) -> {
              String name = UNUSUAL.matcher(file.name()).replaceAll("_");
              String end = name.substring(Math.max(0, name.length() - NAME_CHARS));
              String key =
                  ObjectKeys.data(
                      new TaskId(id),
                      String.join(
                          "-", run.substring(4), part, file.digest().substring(0, 12), end));
              uploads.put(key, file);
              event.withObject("/data").put(part, key);
            });
    return event;
  }

  private TaskSubmitted checked(ObjectNode event, String requestId) {
    try {
      return EventCodec.decode(headers(event, requestId, Map.of()), Json.write(event))
          .as(TaskSubmitted.class)
          .data();
    } catch (DiffstreamException e) {
      throw invalid(e.reason(), e);
    }
  }

  private static void checkId(String requestId) {
    if (!REQUEST_ID.matcher(requestId).matches()) {
      throw invalid(
          "the request id must be 1 to 128 visible ASCII characters, got: "
              + Bounded.value(requestId),
          null);
    }
  }

  private static void checkSame(SubmissionClaim before, String digest) {
    if (!before.requestDigest().equals(digest)) {
      throw invalid(
          "the request id %s was used for another request, of task %s, at %s"
              .formatted(Bounded.value(before.requestId()), before.taskId(), before.created()),
          null);
    }
  }

  /** An event that was sent a moment ago is known a moment later. */
  private boolean becomesKnown(String run) {
    long end = System.nanoTime() + KNOWN_AFTER.toNanos();
    while (!isKnown.test(run) && System.nanoTime() < end) {
      LockSupport.parkNanos(20_000_000);
    }
    return isKnown.test(run);
  }

  private void publish(SubmissionClaim claim, Map<String, String> trace) {
    log.publish(
        Topics.TASKS,
        new Message(
            claim.taskId(),
            headers(claim.event(), claim.requestId(), trace),
            Json.write(claim.event())));
  }

  private Map<String, String> headers(JsonNode event, String requestId, Map<String, String> trace) {
    Map<String, String> headers = new HashMap<>(trace);
    headers.put("ce_specversion", "1.0");
    headers.put("ce_id", requestId);
    headers.put("ce_source", SOURCE);
    headers.put("ce_type", EventType.TASK_SUBMITTED.typeName());
    headers.put("ce_subject", event.path("taskId").asText());
    headers.put("ce_time", clock.instant().toString());
    headers.put("content-type", "application/json");
    return headers;
  }

  /**
   * Objects of other buckets and prefixes are for the workers to judge.
   *
   * @param uploads keys of what the caller sends along
   */
  private void checkData(TaskSubmitted task, Set<String> uploads) {
    String prefix = ObjectKeys.dataPrefix(new TaskId(task.taskId()));
    List<String> uris = new ArrayList<>(task.data().train());
    Stream.of(task.data().dev(), task.data().test()).filter(Objects::nonNull).forEach(uris::add);
    for (String uri : uris) {
      if (uri.startsWith(prefix) && !uploads.contains(uri) && store.stat(uri).isEmpty()) {
        throw new DiffstreamException(
            ErrorCode.DATA_UNREADABLE, "no object " + Bounded.value(uri) + " in the bucket");
      }
    }
  }

  private static DiffstreamException invalid(String message, @Nullable Exception cause) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message, cause);
  }
}
