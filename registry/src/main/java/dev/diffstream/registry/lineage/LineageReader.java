package dev.diffstream.registry.lineage;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.lineage.Lineage.BaseName;
import dev.diffstream.registry.lineage.Lineage.Data;
import dev.diffstream.registry.lineage.Lineage.ProvenanceCheck;
import dev.diffstream.registry.lineage.Lineage.ReportCheck;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.registry.runs.StoredReports.StoredReport;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.signature.TrustedKeys;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads where versions come from. An object that is missing or broken is told as such; only a store
 * that does not answer is a failure. Thread-safe.
 */
public final class LineageReader {
  private static final long MAX_BYTES = 16 << 20;

  private final ObjectStore store;
  private final StoredReports reports;
  private final RunAttempts attempts;
  private final TombstoneLog tombstones;
  private final TrustedKeys keys;

  /**
   * @param keys of which one must have signed a diff, and its provenance
   */
  public LineageReader(ObjectStore store, TrustedKeys keys) {
    this.store = store;
    this.reports = new StoredReports(store);
    this.attempts = new RunAttempts(store);
    this.tombstones = new TombstoneLog(store);
    this.keys = keys;
  }

  public Lineage of(VersionRecord version) {
    StoredReport stored = reports.find(version.report()).orElse(null);
    RunReport report = stored == null ? null : stored.report();
    StoredStatement.Checked provenance = provenance(version, report);
    LineageBuilder lineage =
        of(version, provenance)
            .base(base(version.baseDigest()))
            .attempts(attempts.of(version.runId()))
            .report(check(version, stored))
            .traceparent(traceparent(version.report()))
            .deleted(tombstones.find(new TaskId(version.taskId()), version.version()).orElse(null));
    if (report != null) {
      Map<String, String> settings = report.settings();
      lineage
          .data(data(report.data()))
          .settings(settings)
          .seed(settings == null ? null : settings.get("seed"))
          .environment(report.environment());
    }
    return lineage.build();
  }

  /** The statement of a version's provenance, whatever it is worth; empty if there is none. */
  public Optional<StoredStatement> statement(VersionRecord version) {
    String key = ObjectKeys.provenance(version.runId(), version.attempt());
    return store.get(key, StoredStatement.MAX_BYTES).map(bytes -> new StoredStatement(key, bytes));
  }

  private static LineageBuilder of(VersionRecord version, StoredStatement.Checked provenance) {
    return LineageBuilder.builder()
        .taskId(version.taskId())
        .version(version.version())
        .digest(version.digest())
        .bytes(version.bytes())
        .created(version.created())
        .objective(version.objective())
        .method(version.method())
        .event(version.event())
        .task(provenance.task())
        .runId(version.runId())
        .attempt(version.attempt())
        .published(version.published())
        .parents(version.parents())
        .metrics(version.metrics())
        .provenance(provenance.check());
  }

  private StoredStatement.Checked provenance(VersionRecord version, @Nullable RunReport report) {
    String key = ObjectKeys.provenance(version.runId(), version.attempt());
    String problem = null;
    try {
      Optional<StoredStatement> statement = statement(version);
      if (statement.isPresent()) {
        return statement.get().check(version, report, keys);
      }
      if (report != null && report.provenance() != null) {
        problem = key + " is gone, the report names it";
      }
    } catch (DiffstreamException e) {
      if (e.code() != ErrorCode.QUOTA_EXCEEDED) {
        throw e;
      }
      problem = e.reason();
    }
    ProvenanceCheck.State state =
        problem == null ? ProvenanceCheck.State.ABSENT : ProvenanceCheck.State.INVALID;
    return new StoredStatement.Checked(
        LineageProvenanceCheckBuilder.builder().key(key).state(state).problem(problem).build(),
        null);
  }

  private BaseName base(String digest) {
    String key = ObjectKeys.baseDescriptor(digest);
    String name = null;
    try {
      name =
          store
              .get(key, MAX_BYTES)
              .map(bytes -> Json.read(bytes, BaseDescriptor.class, key).name())
              .orElse(null);
    } catch (DiffstreamException e) {
      if (e.code().retryable()) {
        throw e;
      }
    }
    return new BaseName(digest, name);
  }

  private static ReportCheck check(VersionRecord version, @Nullable StoredReport stored) {
    if (stored == null) {
      return new ReportCheck(version.report(), null, ReportCheck.State.MISSING);
    }
    String recorded = version.reportDigest();
    ReportCheck.State state =
        recorded == null
            ? ReportCheck.State.UNRECORDED
            : recorded.equals(stored.digest())
                ? ReportCheck.State.UNCHANGED
                : ReportCheck.State.CHANGED;
    return new ReportCheck(version.report(), stored.digest(), state);
  }

  private @Nullable String traceparent(String report) {
    return store.stat(report).map(info -> info.metadata().get("traceparent")).orElse(null);
  }

  private static @Nullable Data data(RunReport.@Nullable DataSummary data) {
    return data == null
        ? null
        : new Data(data.digest(), data.files(), data.examples(), data.invalidRecordCount());
  }
}
