package dev.diffstream.registry.recovery;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.registry.runs.StoredReports.StoredReport;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.run.RunReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What only the bucket can tell of runs: whose events were lost, of which somebody asked. */
public final class Recovery {

  private final ObjectStore store;
  private final StoredReports reports;
  private final RunLedger ledger;

  /** A diff that a report says was published, with the trace that the report carries. */
  public record LostEvent(DiffPublished published, Map<String, String> trace) {}

  public Recovery(ObjectStore store, StoredReports reports, RunLedger ledger) {
    this.store = store;
    this.reports = reports;
    this.ledger = ledger;
  }

  /**
   * What the bucket has of runs.
   *
   * @param unknownReports reports of runs of which no topic and no version says that they published
   * @param controlled runs of which somebody has asked something
   */
  public record Runs(List<String> unknownReports, Set<String> controlled) {}

  public Runs runs() {
    List<String> unknown = new ArrayList<>();
    Set<String> controlled = new TreeSet<>();
    try (Stream<String> listed = store.list(ObjectKeys.runsPrefix())) {
      listed.forEach(
          key -> {
            if (isUnknown(key)) {
              unknown.add(key);
            }
            ObjectKeys.controlledRun(key).ifPresent(controlled::add);
          });
    }
    return new Runs(unknown, controlled);
  }

  /**
   * The lost event that this report holds, if no topic and no version knows its run as published.
   */
  public Optional<LostEvent> lostEvent(String reportKey) {
    RunReport report = reports.find(reportKey).map(StoredReport::report).orElse(null);
    if (report == null || !report.hasPublished() || ledger.hasPublished(report.runId())) {
      return Optional.empty();
    }
    Map<String, String> metadata =
        store.stat(reportKey).map(ObjectStore.ObjectInfo::metadata).orElse(Map.of());
    return Optional.of(new LostEvent(Objects.requireNonNull(report.published()), metadata));
  }

  private boolean isUnknown(String key) {
    return ObjectKeys.reportKey(key)
        .filter(report -> !ledger.hasPublished(report.runId()))
        .isPresent();
  }
}
