package dev.diffstream.worker.run;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.AttemptBegun;
import dev.diffstream.schemas.run.RunReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attempts of each run in the bucket: which were begun, and how each ended. Nothing here ever
 * replaces an object.
 */
final class AttemptLog {
  private static final Logger LOG = LoggerFactory.getLogger(AttemptLog.class);

  private final ObjectStore store;

  AttemptLog(ObjectStore store) {
    this.store = store;
  }

  AttemptHistory history(String runId) {
    String prefix = ObjectKeys.attemptsPrefix(runId);
    long begun = 0;
    List<RunReport> reports = new ArrayList<>();
    try (Stream<String> keys = store.list(prefix)) {
      for (String key : (Iterable<String>) keys::iterator) {
        if (ObjectKeys.number(prefix, key).isPresent()) {
          begun++;
        } else if (ObjectKeys.reportKey(key).isPresent()) {
          read(key).ifPresent(reports::add);
        }
      }
    }
    reports.sort(Comparator.comparingLong(RunReport::attempt));
    return new AttemptHistory(begun, reports);
  }

  /**
   * Notes that an attempt begins and returns its number, from 1.
   *
   * @param begun the object of a number
   */
  long begin(String runId, LongFunction<AttemptBegun> begun) {
    String prefix = ObjectKeys.attemptsPrefix(runId);
    long number = 0;
    try (Stream<String> keys = store.list(prefix)) {
      for (String key : (Iterable<String>) keys::iterator) {
        number = Math.max(number, ObjectKeys.number(prefix, key).orElse(0));
      }
    }
    byte[] bytes;
    do {
      number++;
      bytes = Json.write(begun.apply(number));
    } while (store.putIfAbsent(ObjectKeys.attempt(runId, number), bytes, Map.of())
        == PutOutcome.EXISTS); // another worker began the same run meanwhile
    return number;
  }

  /**
   * Number of the admission by which an attempt at the event of a place began; 0 where it had none,
   * cannot be read, or was at the event of another place, whose base may be another: numbers are of
   * one base.
   */
  long admission(String runId, long attempt, String place) {
    String key = ObjectKeys.attempt(runId, attempt);
    try {
      return store
          .get(key, RunReport.MAX_BYTES)
          .map(bytes -> Json.read(bytes, AttemptBegun.class, key))
          .filter(begun -> begun.event().place().equals(place))
          .map(AttemptBegun::admission)
          .orElse(0L);
    } catch (DiffstreamException e) {
      if (e.code().retryable()) {
        throw e;
      }
      LOG.error("attempt {} is ignored: {}", key, e.getMessage());
      return 0;
    }
  }

  /** Writes how an attempt ended; a report that is there already is not replaced. */
  void end(RunReport report, Map<String, String> metadata) {
    String key = ObjectKeys.report(report.runId(), report.attempt());
    if (store.putIfAbsent(key, Json.write(report), metadata) == PutOutcome.EXISTS) {
      LOG.info("{} exists already and is not replaced", key);
    }
  }

  /** A report that cannot be parsed is ignored. */
  private Optional<RunReport> read(String key) {
    try {
      return store
          .get(key, RunReport.MAX_BYTES)
          .map(bytes -> Json.read(bytes, RunReport.class, key));
    } catch (DiffstreamException e) {
      if (e.code().retryable()) {
        throw e;
      }
      LOG.error("report {} is ignored: {}", key, e.getMessage());
      return Optional.empty();
    }
  }
}
