package dev.diffstream.registry.runs;

import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunProgressed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the runs that spoke last went, for curves. Of each run a bounded number of points is kept, by
 * leaving out every second one when there are too many. Thread-safe.
 */
public final class ProgressHistory {
  private static final int MAX_RUNS = 500;
  private static final int MAX_POINTS = 400;

  private final Map<String, Points> runs = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * A moment of a run.
   *
   * @param seconds since the run's first word
   * @param time of this word
   * @param openGates share of all gated values whose gate is open
   * @param devScore the newest score on the dev rows
   * @param share of the whole run that is done
   */
  public record Point(
      double seconds,
      Instant time,
      long attempt,
      String phase,
      long step,
      @Nullable Double loss,
      @Nullable Double openGates,
      @Nullable Double devScore,
      double share) {}

  /** Guarded by the history. */
  private static final class Points {
    private final Instant first;
    private List<Point> points = new ArrayList<>();
    private int every = 1;
    private int skipped;

    private Points(Instant first) {
      this.first = first;
    }

    private void add(Point point) {
      skipped++;
      if (skipped < every) {
        return;
      }
      skipped = 0;
      points.add(point);
      if (points.size() > MAX_POINTS) {
        List<Point> kept = new ArrayList<>();
        for (int i = 0; i < points.size(); i += 2) {
          kept.add(points.get(i));
        }
        points = kept;
        every *= 2;
      }
    }
  }

  synchronized void add(RunProgressed progress, Instant time) {
    if (progress.phase() == Phase.PAUSED) {
      return;
    }
    Points points = runs.computeIfAbsent(progress.runId(), id -> new Points(time));
    points.add(
        new Point(
            Duration.between(points.first, time).toMillis() / 1_000.0,
            time,
            progress.attempt(),
            progress.phase().text(),
            progress.step(),
            progress.loss(),
            progress.openGates(),
            progress.devScore(),
            progress.share()));
    if (runs.size() > MAX_RUNS) {
      runs.remove(runs.keySet().iterator().next());
    }
  }

  /** In order; empty for a run that is not known, or that others have taken the place of. */
  public synchronized List<Point> of(String runId) {
    Points points = runs.get(runId);
    return points == null ? List.of() : List.copyOf(points.points);
  }
}
