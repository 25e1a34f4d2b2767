package dev.diffstream.registry.retraining;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.registry.catalog.Champions;
import dev.diffstream.registry.correction.CorrectionLog;
import dev.diffstream.registry.fleet.GatewayWords.Word;
import dev.diffstream.registry.retraining.RuleEvaluation.Limit;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.Correction;
import dev.diffstream.schemas.correction.Retraining;
import dev.diffstream.schemas.correction.Retraining.Condition;
import dev.diffstream.schemas.correction.RetrainingRule;
import dev.diffstream.schemas.registry.VersionRecord;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Says what a rule asks for. Corrections and retrainings stand in the bucket by their numbers, so
 * that every registry comes to the same; of gateways' confidence each registry knows what it has
 * heard. Thread-safe; writes nothing.
 */
final class RuleEvaluator {
  private static final Duration DAY = Duration.ofHours(24);

  /** A run that no topic tells of is looked for so long; then its event has been forgotten. */
  private static final Duration UNTOLD = Duration.ofMinutes(1);

  private final CorrectionLog corrections;
  private final RetrainingLog retrainings;
  private final Champions champions;
  private final StoredReports reports;
  private final Function<String, Optional<RunView>> runs;
  private final Predicate<Retraining> isSent;
  private final Function<String, List<Word>> words;
  private final InstantSource clock;

  /**
   * @param runs the latest word of a run, if there is any
   * @param isSent whether the event of a retraining stands in its topic
   * @param words what gateways say of a task
   */
  RuleEvaluator(
      CorrectionLog corrections,
      RetrainingLog retrainings,
      Champions champions,
      StoredReports reports,
      Function<String, Optional<RunView>> runs,
      Predicate<Retraining> isSent,
      Function<String, List<Word>> words,
      InstantSource clock) {
    this.corrections = corrections;
    this.retrainings = retrainings;
    this.champions = champions;
    this.reports = reports;
    this.runs = runs;
    this.isSent = isSent;
    this.words = words;
    this.clock = clock;
  }

  /** Whether there is a correction that no retraining has learned from. */
  boolean hasNews(TaskId task) {
    return corrections.highest(task) > learned(retrainings.newest(task).orElse(null));
  }

  RuleEvaluation evaluate(TaskId task, RetrainingRule rule) {
    Retraining last = retrainings.newest(task).orElse(null);
    long newest = corrections.highest(task);
    VersionRecord champion = champions.find(task).orElse(null);
    List<Condition> conditions = conditions(task, rule, champion, learned(last), newest);
    List<Limit> limits = new ArrayList<>();
    limits.add(newCorrections(last, newest));
    limits.add(run(last));
    addTimes(limits, task, rule, last);
    JsonNode event = null;
    try {
      event =
          champion == null || newest == 0
              ? null
              : RetrainingEvent.data(reports, champion, rule, newest);
      limits.add(
          new Limit(
              "champion",
              champion == null,
              champion == null ? "the task has no champion" : "version " + champion.version(),
              null));
    } catch (DiffstreamException e) {
      limits.add(new Limit("champion", true, e.reason(), null));
    }
    long number = last == null ? 1 : last.number() + 1;
    boolean isMet = conditions.stream().anyMatch(Condition::met);
    return RuleEvaluationBuilder.builder()
        .taskId(task.value())
        .rule(rule)
        .conditions(conditions)
        .limits(limits)
        .fires(isMet && event != null && limits.stream().noneMatch(Limit::holdsBack))
        .number(number)
        .corrections(newest)
        .champion(champion == null ? null : (Long) champion.version())
        .eventSource(event == null ? null : Retraining.SOURCE)
        .eventId(event == null ? null : Retraining.eventId(task, number))
        .event(event)
        .build();
  }

  private List<Condition> conditions(
      TaskId task,
      RetrainingRule rule,
      @Nullable VersionRecord champion,
      long learned,
      long newest) {
    List<Condition> conditions = new ArrayList<>();
    if (rule.corrections() != null) {
      conditions.add(count(rule.corrections(), newest - learned));
    }
    if (rule.qualityBelow() != null && rule.qualityOf() != null) {
      conditions.add(
          quality(task, champion, learned, newest, rule.qualityBelow(), rule.qualityOf()));
    }
    if (rule.confidenceDrift() != null) {
      String digest = champion == null ? null : champion.digest();
      conditions.add(
          ConfidenceDrift.of(words.apply(task.value()), digest).condition(rule.confidenceDrift()));
    }
    return conditions;
  }

  private static long learned(@Nullable Retraining last) {
    return last == null ? 0 : last.corrections();
  }

  private static Condition count(int threshold, long found) {
    return new Condition(
        "corrections",
        (double) found,
        threshold,
        found >= threshold,
        "%d corrections since the last retraining, %d are asked for".formatted(found, threshold));
  }

  /** Corrections of answers that are known to be of another diff say nothing of the champion. */
  private Condition quality(
      TaskId task,
      @Nullable VersionRecord champion,
      long learned,
      long newest,
      double threshold,
      int of) {
    int found = 0;
    int right = 0;
    for (long number = newest; number > learned && found < of; number--) {
      Correction correction = corrections.find(task, number).orElse(null);
      if (correction != null && isOf(correction, champion)) {
        found++;
        right += correction.confirms() ? 1 : 0;
      }
    }
    if (found < of) {
      return new Condition(
          "qualityBelow",
          null,
          threshold,
          false,
          "%d corrections of the champion's answers since the last retraining, %d are needed to tell"
              .formatted(found, of));
    }
    double share = (double) right / found;
    return new Condition(
        "qualityBelow",
        share,
        threshold,
        share < threshold,
        String.format(
            Locale.ROOT,
            "%d of the newest %d corrections confirm the answer: %.3f, at least %.3f is asked for",
            right,
            found,
            share,
            threshold));
  }

  private static boolean isOf(Correction correction, @Nullable VersionRecord champion) {
    return correction.digest() == null
        || (champion != null && correction.digest().equals(champion.digest()));
  }

  private static Limit newCorrections(@Nullable Retraining last, long newest) {
    boolean none = newest <= learned(last);
    return new Limit(
        "newCorrections",
        none,
        none
            ? "there is nothing that was not learned from"
            : "corrections %d to %d were not learned from".formatted(learned(last) + 1, newest),
        null);
  }

  /** One retraining of a task at a time: the next begins with what the one before has led to. */
  private Limit run(@Nullable Retraining last) {
    if (last == null) {
      return new Limit("run", false, "the task was never retrained", null);
    }
    String what = "retraining %d, %s, ".formatted(last.number(), last.runId());
    if (!isSent.test(last)) {
      return new Limit("run", true, what + "is not sent yet", null);
    }
    Optional<RunView> run = runs.apply(last.runId());
    if (run.isEmpty()) {
      Instant until = last.created().plus(UNTOLD);
      boolean recent = clock.instant().isBefore(until);
      return new Limit(
          "run",
          recent,
          what + (recent ? "is on its way" : "is forgotten by the topics"),
          recent ? until : null);
    }
    return new Limit("run", !run.get().hasEnded(), what + "is " + run.get().state(), null);
  }

  private void addTimes(
      List<Limit> limits, TaskId task, RetrainingRule rule, @Nullable Retraining last) {
    Instant now = clock.instant();
    Instant cool = last == null ? Instant.MIN : last.created().plus(rule.cooldown());
    limits.add(limit("cooldown", now, cool, "%d s".formatted(rule.cooldownSeconds())));
    RetrainingRule.Budget budget = rule.budget();
    if (budget != null && budget.perDay() != null) {
      List<Retraining> page = retrainings.page(task, Long.MAX_VALUE, budget.perDay());
      boolean full = page.size() == budget.perDay();
      limits.add(
          limit(
              "perDay",
              now,
              full ? page.getLast().created().plus(DAY) : Instant.MIN,
              "%d retrainings in 24 hours".formatted(budget.perDay())));
    }
    if (budget != null && budget.total() != null) {
      long number = last == null ? 0 : last.number();
      limits.add(
          new Limit(
              "total",
              number >= budget.total(),
              "%d retrainings of %d".formatted(number, budget.total()),
              null));
    }
  }

  private static Limit limit(String name, Instant now, Instant until, String says) {
    boolean holdsBack = now.isBefore(until);
    return new Limit(name, holdsBack, says, holdsBack ? until : null);
  }
}
