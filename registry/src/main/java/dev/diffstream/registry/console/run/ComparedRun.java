package dev.diffstream.registry.console.run;

import dev.diffstream.registry.console.Words;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.schemas.run.RunReport;
import java.util.Map;
import java.util.TreeMap;

/**
 * A run as it is compared with others.
 *
 * @param figures by name, as the console spells them: what it was told and what came of it
 */
record ComparedRun(RunRow run, Map<String, String> figures) {
  static ComparedRun of(RunRow run, StoredReports.Attempts attempts) {
    Map<String, String> figures = new TreeMap<>();
    attempts
        .published()
        .or(attempts::last)
        .map(StoredReports.StoredReport::report)
        .ifPresent(report -> add(report, figures));
    return new ComparedRun(run, figures);
  }

  private static void add(RunReport report, Map<String, String> figures) {
    if (report.metrics() != null) {
      report.metrics().forEach((name, value) -> figures.put("metric " + name, Words.number(value)));
    }
    if (report.settings() != null) {
      report.settings().forEach((name, value) -> figures.put("setting " + name, value));
    }
    if (report.training() != null) {
      report
          .training()
          .forEach((name, value) -> figures.put("learning " + name, Words.number(value)));
    }
    RunReport.DataSummary data = report.data();
    if (data != null && data.digest() != null) {
      figures.put("data digest", data.digest().substring(0, 12));
    }
    if (data != null && data.examples() != null) {
      data.examples().forEach((split, rows) -> figures.put("rows " + split, rows.toString()));
    }
    if (report.worker() != null) {
      figures.put("worker", report.worker());
    }
    if (report.environment() != null) {
      figures.put("device", report.environment().device());
      figures.put("program", report.environment().program());
    }
    figures.put("attempt", Long.toString(report.attempt()));
    if (report.published() != null) {
      figures.put("bytes", Words.bytes(report.published().bytes()));
    }
  }
}
