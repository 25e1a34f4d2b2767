package dev.diffstream.registry.retraining;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.registry.correction.CorrectionFile;
import dev.diffstream.registry.retraining.RuleEvaluation.Limit;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.correction.Retraining;
import dev.diffstream.schemas.correction.RetrainingRule;
import dev.diffstream.service.DueTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns tasks again where their rules say so. A retraining is decided by the object of its number,
 * put if absent, and only then its event is sent: of several registries one decides, and an event
 * that its registry did not come to send is sent by another. Belongs to one thread.
 */
final class Retrainings {
  private static final Logger LOG = LoggerFactory.getLogger(Retrainings.class);

  /** So long another registry has to send the event of a retraining that it has decided. */
  static final Duration OTHERS_PATIENCE = Duration.ofSeconds(10);

  private final EventLog log;
  private final String registryId;
  private final RuleLog rules;
  private final RetrainingLog retrainings;
  private final CorrectionFile files;
  private final RuleEvaluator evaluator;
  private final SentRetrainings sent;
  private final InstantSource clock;
  private final Set<String> decidedHere = new HashSet<>();

  private final Map<String, Unsent> unsent = new HashMap<>();

  /** The newest retraining of a task, decided elsewhere, and when its event was missed first. */
  private record Unsent(String eventId, Instant since) {}

  Retrainings(
      EventLog log,
      String registryId,
      RuleLog rules,
      RetrainingLog retrainings,
      CorrectionFile files,
      RuleEvaluator evaluator,
      SentRetrainings sent,
      InstantSource clock) {
    this.log = log;
    this.registryId = registryId;
    this.rules = rules;
    this.retrainings = retrainings;
    this.files = files;
    this.evaluator = evaluator;
    this.sent = sent;
    this.clock = clock;
  }

  /**
   * Sends what was decided and not sent, and decides what is due.
   *
   * @return when to look again at the latest; empty: when something was said
   */
  Optional<Instant> settle(TaskId task) {
    Retraining last = retrainings.newest(task).orElse(null);
    if (last != null && !sent.contains(last)) {
      Optional<Instant> due = othersTurnEnds(last);
      if (due.isPresent()) {
        return due;
      }
      if (!sent.containsByNow(last)) {
        LOG.warn("the event of retraining {} of task {} is sent again", last.number(), task);
        send(last);
      }
    }
    unsent.remove(task.value());
    RetrainingRule rule = rules.current(task).orElse(null);
    if (rule == null || !evaluator.hasNews(task)) {
      return Optional.empty();
    }
    RuleEvaluation evaluation = evaluator.evaluate(task, rule);
    if (evaluation.fires()) {
      decide(task, last == null ? 0 : last.corrections(), evaluation);
      return Optional.empty();
    }
    return evaluation.limits().stream()
        .map(Limit::until)
        .filter(Objects::nonNull)
        .max(Comparator.naturalOrder());
  }

  /** Until when another registry may be about to send it; empty: it is our turn. */
  private Optional<Instant> othersTurnEnds(Retraining last) {
    if (decidedHere.contains(last.eventId())) {
      return Optional.empty();
    }
    Instant now = clock.instant(); // the one who decided it may have another clock
    Unsent known = unsent.get(last.taskId());
    if (known == null || !known.eventId().equals(last.eventId())) {
      known = new Unsent(last.eventId(), now);
      unsent.put(last.taskId(), known);
    }
    Instant due = known.since().plus(OTHERS_PATIENCE);
    return DueTime.isPast(due, OTHERS_PATIENCE, now) ? Optional.empty() : Optional.of(due);
  }

  /** Whether nothing is left for another registry to send. */
  boolean isSettled() {
    return unsent.isEmpty();
  }

  private void decide(TaskId task, long learned, RuleEvaluation evaluation) {
    files.write(task, learned, evaluation.corrections());
    Retraining retraining = evaluation.retraining(registryId, clock.instant());
    if (retrainings.put(retraining)) {
      decidedHere.add(retraining.eventId());
      LOG.info(
          "task {} is learned again, retraining {} as {}: {}",
          task,
          retraining.number(),
          retraining.runId(),
          retraining.conditions());
      send(retraining);
    }
  }

  private void send(Retraining retraining) {
    log.publish(Topics.TASKS, RetrainingEvent.message(retraining));
    sent.add(retraining);
    decidedHere.remove(retraining.eventId());
    unsent.remove(retraining.taskId());
  }
}
