package dev.diffstream.registry.lineage;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.lineage.Lineage.Attempt;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.AttemptBegun;
import dev.diffstream.schemas.run.RunReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The attempts of a run: who began each, and how it ended. Thread-safe. */
public final class RunAttempts {
  private static final Logger LOG = LoggerFactory.getLogger(RunAttempts.class);
  private static final long MAX_BYTES = 1 << 20;

  private final ObjectStore store;
  private final StoredReports reports;

  public RunAttempts(ObjectStore store) {
    this.store = store;
    this.reports = new StoredReports(store);
  }

  List<Attempt> of(String runId) {
    Map<Long, RunReport> ended = new TreeMap<>();
    reports
        .attempts(runId)
        .reports()
        .forEach(stored -> ended.put(stored.report().attempt(), stored.report()));
    TreeSet<Long> numbers = new TreeSet<>(begun(runId));
    numbers.addAll(ended.keySet());
    List<Attempt> attempts = new ArrayList<>();
    for (long number : numbers) {
      attempts.add(attempt(number, begun(runId, number).orElse(null), ended.get(number)));
    }
    return attempts;
  }

  /** Who began an attempt; empty where nothing that can be read tells. */
  public Optional<AttemptBegun> begun(String runId, long attempt) {
    if (attempt < 1) {
      return Optional.empty();
    }
    String key = ObjectKeys.attempt(runId, attempt);
    try {
      return store.get(key, MAX_BYTES).map(bytes -> Json.read(bytes, AttemptBegun.class, key));
    } catch (DiffstreamException e) {
      if (e.code().retryable()) {
        throw e;
      }
      LOG.warn("the begin of an attempt counts as missing: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private List<Long> begun(String runId) {
    String prefix = ObjectKeys.attemptsPrefix(runId);
    try (Stream<String> keys = store.list(prefix)) {
      return keys.flatMap(key -> ObjectKeys.number(prefix, key).stream().boxed())
          .filter(number -> number > 0)
          .toList();
    }
  }

  private static Attempt attempt(
      long number, @Nullable AttemptBegun begun, @Nullable RunReport ended) {
    LineageAttemptBuilder attempt = LineageAttemptBuilder.builder().attempt(number);
    if (begun != null) {
      attempt
          .worker(begun.worker())
          .device(begun.device())
          .program(begun.program())
          .admission(begun.admission())
          .started(begun.started());
    }
    if (ended != null) {
      RunReport.Failure failure = ended.failure();
      Map<String, Double> training = ended.training();
      attempt
          .worker(begun == null ? ended.worker() : begun.worker())
          .started(begun == null ? ended.started() : begun.started())
          .finished(ended.finished())
          .outcome(ended.outcome().text())
          .errorCode(failure == null ? null : failure.errorCode().name())
          .message(failure == null ? null : failure.message())
          .resumed(training == null ? null : (Boolean) training.containsKey("resumed"));
    }
    return attempt.build();
  }
}
