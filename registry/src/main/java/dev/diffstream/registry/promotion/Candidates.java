package dev.diffstream.registry.promotion;

import dev.diffstream.registry.catalog.AliasLog.Entry;
import dev.diffstream.registry.fleet.Fleet;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.service.DueTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Which new versions wait, for what, and how long. Belongs to the registrar's thread.
 *
 * <p>A gateway that was killed has said no farewell: it is waited for once, then not until it
 * speaks again.
 */
public final class Candidates {
  private final PromotionSettings settings;
  private final Fleet fleet;
  private final Function<String, Optional<Map<String, String>>> labels;
  private final InstantSource clock;
  private final Map<String, Waiting> waiting = new HashMap<>();

  private record Waiting(AliasGeneration generation, AliasTarget candidate, Instant due) {}

  /**
   * A candidate that no gateway has spoken of in time.
   *
   * @param generation that names it
   */
  public record Overdue(String taskId, long version, long generation) {}

  /**
   * @param labels of a run's event; empty where they are not known
   */
  public Candidates(
      PromotionSettings settings,
      Fleet fleet,
      Function<String, Optional<Map<String, String>>> labels,
      InstantSource clock) {
    this.settings = settings;
    this.fleet = fleet;
    this.labels = labels;
    this.clock = clock;
  }

  /** How a version is entered into its task's aliases. */
  public Entry entry(VersionRecord version) {
    if (needsApproval(version.taskId(), version.runId())) {
      return Entry.PROPOSED;
    }
    boolean isTested =
        !settings.testWait().isZero() && !fleet.running(version.baseDigest()).isEmpty();
    return isTested ? Entry.TESTED : Entry.CHAMPION;
  }

  /**
   * Whether what a run learns waits for a person. Labels that are not known may be those that ask
   * for it.
   */
  public boolean needsApproval(String task, String run) {
    for (String rule : settings.approval()) {
      int colon = rule.indexOf(':');
      boolean applies =
          colon >= 0
              ? labels
                  .apply(run)
                  .map(
                      known ->
                          rule.substring(colon + 1).equals(known.get(rule.substring(0, colon))))
                  .orElse(true)
              : rule.endsWith("*")
                  ? task.startsWith(rule.substring(0, rule.length() - 1))
                  : task.equals(rule);
      if (applies) {
        return true;
      }
    }
    return false;
  }

  /**
   * The newest generation of a task: its candidate, if it has one, waits from now on.
   *
   * @param versions of the task
   */
  public void note(AliasGeneration newest, List<VersionRecord> versions) {
    AliasTarget candidate = newest.candidate();
    if (candidate == null || needsPerson(candidate, versions)) {
      waiting.remove(newest.taskId());
      return;
    }
    Waiting known = waiting.get(newest.taskId());
    if (known == null || known.candidate().version() != candidate.version()) {
      waiting.put(
          newest.taskId(),
          new Waiting(newest, candidate, clock.instant().plus(settings.testWait())));
    }
  }

  private boolean needsPerson(AliasTarget candidate, List<VersionRecord> versions) {
    return versions.stream()
        .filter(version -> version.version() == candidate.version())
        .anyMatch(version -> needsApproval(version.taskId(), version.runId()));
  }

  /** Whether the word of a gateway moves the task's candidate: a person is not asked about it. */
  public boolean waitsForTest(String task, long version) {
    Waiting known = waiting.get(task);
    return known != null && known.candidate().version() == version;
  }

  /** Those that were waited for long enough, or that no running gateway can test any more. */
  public List<Overdue> overdue() {
    Instant now = clock.instant();
    return waiting.values().stream()
        .filter(
            candidate ->
                DueTime.isPast(candidate.due(), settings.testWait(), now)
                    || fleet.running(candidate.candidate().baseDigest()).isEmpty())
        .map(
            candidate ->
                new Overdue(
                    candidate.generation().taskId(),
                    candidate.candidate().version(),
                    candidate.generation().generation()))
        .toList();
  }

  /** Nobody waits for the gateways that have said nothing of the generation. */
  public void gaveUp(Overdue candidate) {
    fleet.silence(candidate.taskId(), candidate.generation());
  }
}
