package dev.diffstream.registry;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Json;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.run.RunReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What only the bucket can tell at start: which tasks there are, and whose events were lost. */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
  private static final long MAX_REPORT_BYTES = 8 << 20;

  private final ObjectStore store;
  private final RunLedger ledger;

  /** A diff that a report says was published, with the trace that the report carries. */
  record LostEvent(DiffPublished published, Map<String, String> trace) {}

  Recovery(ObjectStore store, RunLedger ledger) {
    this.store = store;
    this.ledger = ledger;
  }

  /** Every task that has a version or an alias generation. */
  SortedSet<TaskId> tasks() {
    SortedSet<TaskId> tasks = new TreeSet<>(java.util.Comparator.comparing(TaskId::value));
    try (Stream<String> keys = store.list(ObjectKeys.tasksPrefix())) {
      keys.forEach(
          key -> {
            TaskId task = ObjectKeys.taskOf(key);
            if (task != null && isNumbered(task, key)) {
              tasks.add(task);
            }
          });
    }
    return tasks;
  }

  /**
   * Diffs of runs that published, says their report, but of which no topic and no version says so.
   */
  List<LostEvent> lostEvents() {
    List<String> reports;
    try (Stream<String> keys = store.list(ObjectKeys.runsPrefix())) {
      reports =
          keys.filter(ObjectKeys::isReport)
              .filter(key -> !ledger.hasPublished(ObjectKeys.runOf(key)))
              .toList();
    }
    List<LostEvent> lost = new ArrayList<>();
    for (String key : reports) {
      RunReport report = read(key);
      if (report != null && report.published() != null) {
        Map<String, String> metadata =
            store.stat(key).map(ObjectStore.ObjectInfo::metadata).orElse(Map.of());
        lost.add(new LostEvent(Objects.requireNonNull(report.published()), metadata));
      }
    }
    return lost;
  }

  private @Nullable RunReport read(String key) {
    try {
      return store
          .get(key, MAX_REPORT_BYTES)
          .map(bytes -> Json.read(bytes, RunReport.class, key))
          .orElse(null);
    } catch (DiffstreamException e) {
      if (e.code().retryable()) {
        throw e;
      }
      LOG.warn("skipped {}: {}", key, e.getMessage());
      return null;
    }
  }

  private static boolean isNumbered(TaskId task, String key) {
    return ObjectKeys.number(ObjectKeys.versionsPrefix(task), key).isPresent()
        || ObjectKeys.number(ObjectKeys.aliasesPrefix(task), key).isPresent();
  }
}
