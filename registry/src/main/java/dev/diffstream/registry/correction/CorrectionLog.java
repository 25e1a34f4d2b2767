package dev.diffstream.registry.correction;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.registry.catalog.NumberedLog;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.Correction;
import dev.diffstream.schemas.correction.CorrectionBuilder;
import dev.diffstream.schemas.correction.CorrectionRequest;
import dev.diffstream.schemas.json.Json;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The corrections of every task. A request that may be made again leaves an object of its own
 * before its correction: that names a number below which the correction cannot stand, since the
 * number was read before, so that asking again looks at few corrections, and two registries that
 * are asked at once write one.
 *
 * <p>Thread-safe, and safe together with other processes.
 */
public final class CorrectionLog {
  private static final long MAX_BYTES = 1 << 16;

  private final ObjectStore store;
  private final InstantSource clock;
  private final NumberedLog<Correction> log;

  public CorrectionLog(ObjectStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
    this.log =
        new NumberedLog<>(
            store, Correction.class, ObjectKeys::correctionsPrefix, ObjectKeys::correction);
  }

  /** Number of the newest correction; 0: there is none. */
  public long highest(TaskId task) {
    return log.highest(task);
  }

  public Optional<Correction> find(TaskId task, long number) {
    return log.find(task, number);
  }

  /** Newest first, with numbers below {@code before}. */
  public List<Correction> page(TaskId task, long before, int limit) {
    return log.page(task, before, limit);
  }

  /**
   * The correction that a request has made; empty if it has made none.
   *
   * @param content SHA-256 of what the request asks for
   * @throws DiffstreamException INVALID_REQUEST if a request of this id asked for something else
   */
  Optional<Correction> made(TaskId task, String requestId, String content) {
    return request(task, requestId)
        .flatMap(
            request -> {
              checkSame(request, content);
              return made(task, requestId, request.after(), log.highest(task));
            });
  }

  /**
   * Writes the next correction, or finds the one that the request has made.
   *
   * @param requestId null: the request is not made again
   * @param content SHA-256 of what the request asks for
   */
  Correction append(
      TaskId task, CorrectionBuilder correction, @Nullable String requestId, String content) {
    long seen = requestId == null ? log.highest(task) : claim(task, requestId, content);
    while (true) {
      long highest = log.highest(task);
      Optional<Correction> made =
          requestId == null ? Optional.empty() : made(task, requestId, seen, highest);
      if (made.isPresent()) {
        return made.get();
      }
      seen = highest;
      Correction next =
          correction.number(highest + 1).requestId(requestId).created(clock.instant()).build();
      if (log.put(task, next.number(), next)) {
        return next;
      }
    }
  }

  /** The number below which the request's correction does not stand. */
  private long claim(TaskId task, String requestId, String content) {
    CorrectionRequest request =
        new CorrectionRequest(task.value(), requestId, content, log.highest(task), clock.instant());
    if (store.putIfAbsent(key(task, requestId), Json.write(request), Map.of())
        == PutOutcome.CREATED) {
      return request.after();
    }
    CorrectionRequest earlier =
        request(task, requestId)
            .orElseThrow(
                () ->
                    new DiffstreamException(
                        ErrorCode.OUTCOME_UNKNOWN,
                        key(task, requestId) + " exists but cannot be read"));
    checkSame(earlier, content);
    return earlier.after();
  }

  private Optional<CorrectionRequest> request(TaskId task, String requestId) {
    String key = key(task, requestId);
    return store.get(key, MAX_BYTES).map(bytes -> Json.read(bytes, CorrectionRequest.class, key));
  }

  private static String key(TaskId task, String requestId) {
    return ObjectKeys.correctionRequest(task, Sha256.of(requestId));
  }

  private Optional<Correction> made(TaskId task, String requestId, long after, long highest) {
    for (long number = after + 1; number <= highest; number++) {
      Optional<Correction> correction = log.find(task, number);
      if (correction.isPresent() && Objects.equals(correction.get().requestId(), requestId)) {
        return correction;
      }
    }
    return Optional.empty();
  }

  private static void checkSame(CorrectionRequest request, String content) {
    if (!request.content().equals(content)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "request %s has asked for another correction of task %s"
              .formatted(Bounded.value(request.requestId()), request.taskId()));
    }
  }
}
