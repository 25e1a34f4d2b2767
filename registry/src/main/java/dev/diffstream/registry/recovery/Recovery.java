package dev.diffstream.registry.recovery;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.registry.runs.StoredReports.StoredReport;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.run.RunReport;
import java.util.ArrayList;
import java.util.Iterator;
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

  /** All of it. */
  public Runs runs() {
    try (Walk walk = walk()) {
      return walk.next(Integer.MAX_VALUE);
    }
  }

  /** Reads it part by part. */
  public Walk walk() {
    return new Walk();
  }

  /** A listing of everything of runs. Belongs to one thread. */
  public final class Walk implements AutoCloseable {
    private final Stream<String> listed = store.list(ObjectKeys.runsPrefix());
    private final Iterator<String> keys = listed.iterator();

    /** What the next {@code most} keys tell. */
    public Runs next(int most) {
      List<String> unknown = new ArrayList<>();
      Set<String> controlled = new TreeSet<>();
      for (int read = 0; read < most && keys.hasNext(); read++) {
        String key = keys.next();
        if (isUnknown(key)) {
          unknown.add(key);
        }
        ObjectKeys.controlledRun(key).ifPresent(controlled::add);
      }
      return new Runs(unknown, controlled);
    }

    public boolean atEnd() {
      return !keys.hasNext();
    }

    @Override
    public void close() {
      listed.close();
    }
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
