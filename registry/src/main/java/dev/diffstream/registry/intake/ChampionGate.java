package dev.diffstream.registry.intake;

import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.runs.StoredReports.StoredReport;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.TaskSubmitted.Gate;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReport.ChampionMetrics;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Holds a run to {@code gate.over: champion}. The worker compared the diff with the champion of its
 * time, on the same held-out rows; another version may have become champion while it learned.
 */
final class ChampionGate {
  private final VersionLog versions;
  private final AliasLog aliases;

  /** A version's score, and where it comes from. */
  private record Rival(long version, double score, String rows) {}

  ChampionGate(VersionLog versions, AliasLog aliases) {
    this.versions = versions;
    this.aliases = aliases;
  }

  /**
   * @param stored the report that the event names, if there is one
   * @throws DiffstreamException QUALITY_GATE_FAILED, with both scores
   */
  void check(DiffPublished event, DiffMetadata metadata, Optional<StoredReport> stored) {
    RunReport report = stored.map(StoredReport::report).orElse(null);
    Gate gate = report == null ? null : report.gate();
    if (report == null || gate == null || !"champion".equals(gate.over())) {
      return;
    }
    double minGain = gate.minGain() == null ? 0 : gate.minGain();
    Double found = metadata.metrics().get(DiffVerifier.SCORE);
    double score = found == null ? Double.NaN : found;
    rival(event, metadata, report)
        .filter(rival -> !passes(score, rival.score(), minGain))
        .ifPresent(
            rival -> {
              throw refused(event, report.champion(), score, rival, minGain);
            });
  }

  /** Better; or, where it may be worse by something, no worse than that. */
  private static boolean passes(double score, double rival, double minGain) {
    return (minGain < 0 || score > rival) && score >= rival + minGain;
  }

  /**
   * The champion on the run's own rows where it is the one that the worker compared with; else the
   * present champion's own score, where it is of the same metric.
   */
  private Optional<Rival> rival(DiffPublished event, DiffMetadata metadata, RunReport report) {
    ChampionMetrics compared = report.champion();
    TaskId task = new TaskId(event.taskId());
    AliasTarget champion = aliases.newest(task).map(AliasGeneration::champion).orElse(null);
    Optional<Rival> onSameRows = compared == null ? Optional.empty() : onSameRows(compared);
    if (champion == null || (compared != null && compared.version() == champion.version())) {
      return onSameRows;
    }
    return versions.versions(task).stream()
        .filter(version -> version.version() == champion.version())
        .filter(version -> isComparable(version, metadata, report))
        .flatMap(version -> onItsOwnRows(version).stream())
        .findFirst()
        .or(() -> onSameRows);
  }

  /**
   * An objective has one metric as its score. A champion from before the run that its worker did
   * not compare could not be compared, which the report says.
   */
  private static boolean isComparable(
      VersionRecord champion, DiffMetadata metadata, RunReport report) {
    return champion.objective().equals(metadata.objective().text())
        && champion.baseDigest().equals(metadata.baseDigest())
        && (report.champion() != null || champion.created().isAfter(report.started()));
  }

  private static Optional<Rival> onSameRows(ChampionMetrics compared) {
    return Optional.ofNullable(compared.metrics().get(DiffVerifier.SCORE))
        .map(score -> new Rival(compared.version(), score, "the event's held-out rows"));
  }

  private static Optional<Rival> onItsOwnRows(VersionRecord champion) {
    return Optional.ofNullable(champion.metrics().get(DiffVerifier.SCORE))
        .map(score -> new Rival(champion.version(), score, "its own held-out rows"));
  }

  private static DiffstreamException refused(
      DiffPublished event,
      @Nullable ChampionMetrics compared,
      double score,
      Rival rival,
      double minGain) {
    String before =
        compared == null
            ? "its run compared with none"
            : "its run compared with version " + compared.version();
    return new DiffstreamException(
        ErrorCode.QUALITY_GATE_FAILED,
        String.format(
            Locale.ROOT,
            "diff %s of task %s: score %.4f must %s that of the champion, version %d, %.4f on %s%s; %s",
            event.digest(),
            event.taskId(),
            score,
            minGain < 0 ? "come up to" : "exceed",
            rival.version(),
            rival.score(),
            rival.rows(),
            minGain == 0
                ? ""
                : String.format(
                    Locale.ROOT, minGain < 0 ? ", but for %.4f" : ", by %.4f", Math.abs(minGain)),
            before));
  }
}
