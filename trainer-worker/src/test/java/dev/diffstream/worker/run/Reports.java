package dev.diffstream.worker.run;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.run.RunReport;
import java.util.Map;
import java.util.Objects;

/** The reports of a run in a store, for tests. */
final class Reports {
  private Reports() {}

  /** The report that published, or the last one. */
  static RunReport of(ObjectStore store, String runId) {
    AttemptHistory history = new AttemptLog(store).history(runId);
    return history.published().orElseGet(() -> history.reports().getLast());
  }

  static ErrorCode code(RunReport report) {
    return failure(report).errorCode().known().orElseThrow();
  }

  static String message(RunReport report) {
    return failure(report).message();
  }

  static Map<String, Integer> examples(RunReport report) {
    return Objects.requireNonNull(Objects.requireNonNull(report.data()).examples());
  }

  private static RunReport.Failure failure(RunReport report) {
    return Objects.requireNonNull(report.failure(), () -> "a failure in " + report);
  }
}
