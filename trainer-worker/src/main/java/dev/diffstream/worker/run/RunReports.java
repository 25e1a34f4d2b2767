package dev.diffstream.worker.run;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.Json;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.run.RunReport;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The run reports and attempts in the bucket. */
final class RunReports {
  private static final long MAX_BYTES = 16 << 20;

  private final ObjectStore store;
  private final String workerId;

  RunReports(ObjectStore store, String workerId) {
    this.store = store;
    this.workerId = workerId;
  }

  Optional<RunReport> find(String runId) {
    String key = ObjectKeys.report(runId);
    return store.get(key, MAX_BYTES).map(bytes -> Json.read(bytes, RunReport.class, key));
  }

  void write(RunReport report, Map<String, String> metadata) {
    store.put(ObjectKeys.report(report.runId()), Json.write(report), metadata);
  }

  /** Notes that this worker begins an attempt; returns its number, from 1. */
  int begin(String runId) {
    Map<String, String> attempt = new TreeMap<>();
    attempt.put("worker", workerId);
    attempt.put("started", Instant.now().toString());
    int number = count(runId);
    while (store.putIfAbsent(ObjectKeys.attempt(runId, ++number), Json.write(attempt), Map.of())
        == ObjectStore.PutOutcome.EXISTS) {
      // another worker began the same run meanwhile: the next number is ours
    }
    return number;
  }

  private int count(String runId) {
    String prefix = ObjectKeys.attemptsPrefix(runId);
    try (Stream<String> keys = store.list(prefix)) {
      return (int) keys.filter(key -> ObjectKeys.number(prefix, key).isPresent()).count();
    }
  }
}
