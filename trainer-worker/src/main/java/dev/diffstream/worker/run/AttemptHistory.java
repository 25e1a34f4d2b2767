package dev.diffstream.worker.run;

import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.run.RunReport;
import java.util.List;
import java.util.Optional;

/**
 * The earlier attempts of a run, as the bucket holds them.
 *
 * @param begun number of attempts that were begun, which is also the number of the last
 * @param reports of those that ended, in the order of the attempts
 */
record AttemptHistory(long begun, List<RunReport> reports) {
  AttemptHistory {
    reports = List.copyOf(reports);
  }

  /** The first attempt whose diff is durable. */
  Optional<RunReport> published() {
    return reports.stream().filter(RunReport::hasPublished).findFirst();
  }

  /** The failure that is the outcome of the event at {@code place}. */
  Optional<RunReport> failedAt(String place) {
    return reports.stream()
        .filter(AttemptHistory::isFinalFailure)
        .filter(report -> report.event().place().equals(place))
        .reduce((first, last) -> last);
  }

  /** Whether the run failed for good, by whatever record of its event. */
  boolean failedFinally() {
    return reports.stream().anyMatch(AttemptHistory::isFinalFailure);
  }

  /** Attempts that ended by a fault of the program. */
  long faults() {
    return reports.stream().filter(AttemptHistory::isFault).count();
  }

  /**
   * Attempts that were begun behind the given one and have no report: their workers died, or still
   * run.
   */
  long unreportedSince(long attempt) {
    long reported = reports.stream().filter(report -> report.attempt() > attempt).count();
    return Math.max(0, begun - attempt - reported);
  }

  private static boolean isFault(RunReport report) {
    RunReport.Failure failure = report.failure();
    return report.outcome() == RunReport.Outcome.FAILED
        && failure != null
        && failure.errorCode().is(ErrorCode.WORKER_LOST);
  }

  private static boolean isFinalFailure(RunReport report) {
    RunReport.Failure failure = report.failure();
    return report.outcome() == RunReport.Outcome.FAILED
        && failure != null
        && !failure.errorCode().retryable();
  }
}
