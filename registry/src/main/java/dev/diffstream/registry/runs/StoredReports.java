package dev.diffstream.registry.runs;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.RunReport;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reports that workers left in the bucket, one for each attempt of a run. A report that breaks
 * its form is logged and counts as missing: it belongs to one run and must not stop others.
 * Thread-safe.
 */
public final class StoredReports {
  private static final Logger LOG = LoggerFactory.getLogger(StoredReports.class);

  private final ObjectStore store;

  /**
   * A report as it was read.
   *
   * @param digest SHA-256 of its bytes
   */
  public record StoredReport(String key, RunReport report, String digest) {}

  /**
   * A run's attempts, as the bucket holds them.
   *
   * @param begun number of attempts that were begun
   * @param reports of those that ended, in the order of the attempts
   */
  public record Attempts(long begun, List<StoredReport> reports) {
    public Attempts {
      reports = List.copyOf(reports);
    }

    /** Attempts without a report: their workers died, or still run. */
    public long unreported() {
      return Math.max(0, begun - reports.size());
    }

    /** Attempts that ended by a fault of the program. */
    public long faults() {
      return reports.stream()
          .map(stored -> stored.report().failure())
          .filter(failure -> failure != null && failure.errorCode().is(ErrorCode.WORKER_LOST))
          .count();
    }

    public Optional<StoredReport> last() {
      return reports.isEmpty() ? Optional.empty() : Optional.of(reports.getLast());
    }

    public Optional<StoredReport> published() {
      return reports.stream().filter(stored -> stored.report().hasPublished()).findFirst();
    }
  }

  public StoredReports(ObjectStore store) {
    this.store = store;
  }

  public Optional<StoredReport> find(String key) {
    try {
      return store
          .get(key, RunReport.MAX_BYTES)
          .map(
              bytes ->
                  new StoredReport(key, Json.read(bytes, RunReport.class, key), Sha256.of(bytes)));
    } catch (DiffstreamException e) {
      if (e.code().retryable()) {
        throw e;
      }
      LOG.warn("a report counts as missing: {}", e.getMessage());
      return Optional.empty();
    }
  }

  public Attempts attempts(String runId) {
    String prefix = ObjectKeys.attemptsPrefix(runId);
    List<String> keys;
    try (Stream<String> listed = store.list(prefix)) {
      keys = listed.toList();
    }
    return new Attempts(
        keys.stream().filter(key -> ObjectKeys.number(prefix, key).isPresent()).count(),
        keys.stream()
            .filter(key -> ObjectKeys.reportKey(key).isPresent())
            .flatMap(key -> find(key).stream())
            .sorted(Comparator.comparingLong(stored -> stored.report().attempt()))
            .toList());
  }
}
