package dev.diffstream.registry.retraining;

import dev.diffstream.registry.catalog.Champions;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.Retraining;
import dev.diffstream.schemas.correction.RetrainingRule;
import dev.diffstream.schemas.correction.RetrainingRuleBuilder;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.schemas.registry.VersionRecord;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What people ask of rules, and of what became of them. Thread-safe. */
public final class RuleRequests {
  private static final Pattern REQUEST_ID = Pattern.compile("[!-~]{1,128}");

  private final RuleLog rules;
  private final RetrainingLog retrainings;
  private final RuleEvaluator evaluator;
  private final Champions champions;
  private final VersionLog versions;
  private final Function<String, Optional<RunView>> runs;
  private final Predicate<Retraining> isSent;
  private final Change changed;

  RuleRequests(
      RuleLog rules,
      RetrainingLog retrainings,
      RuleEvaluator evaluator,
      Champions champions,
      VersionLog versions,
      Function<String, Optional<RunView>> runs,
      Predicate<Retraining> isSent,
      Change changed) {
    this.rules = rules;
    this.retrainings = retrainings;
    this.evaluator = evaluator;
    this.champions = champions;
    this.versions = versions;
    this.runs = runs;
    this.isSent = isSent;
    this.changed = changed;
  }

  /** Hears of rules, also of those that were made before. */
  interface Change {
    /**
     * @param replaces whether another rule counted before
     */
    void ruled(RetrainingRule rule, boolean replaces);
  }

  /**
   * A retraining and what became of it.
   *
   * @param state {@code decided} until its event is sent, {@code sent}, and then that of its run
   * @param version that it has led to
   */
  public record Outcome(
      Retraining retraining,
      String runId,
      String state,
      @Nullable Long version,
      @Nullable String errorCode,
      @Nullable String message) {}

  /**
   * @throws DiffstreamException TASK_UNKNOWN for a task without a rule
   */
  RetrainingRule rule(TaskId task) {
    return rules
        .current(task)
        .orElseThrow(
            () -> new DiffstreamException(ErrorCode.TASK_UNKNOWN, "task " + task + " has no rule"));
  }

  public List<RetrainingRule> history(TaskId task) {
    return rules.history(task);
  }

  /**
   * @throws DiffstreamException TASK_UNKNOWN for a task without a champion, INVALID_REQUEST for
   *     what is no rule, or if the request's id belongs to another one
   */
  public RetrainingRule put(
      TaskId task, RuleBody body, ActorName actor, @Nullable String requestId) {
    checkId(requestId);
    RetrainingRuleBuilder rule = body.rule();
    champions.get(task);
    return told(rules.put(task, rule, actor, requestId));
  }

  /**
   * The task has no rule any more.
   *
   * @throws DiffstreamException TASK_UNKNOWN if it has none
   */
  public RetrainingRule remove(
      TaskId task, ActorName actor, @Nullable String requestId, @Nullable String reason) {
    checkId(requestId);
    boolean isAskedAgain =
        requestId != null
            && rules.history(task).stream().anyMatch(rule -> requestId.equals(rule.requestId()));
    if (!isAskedAgain) {
      rule(task);
    }
    return told(
        rules.put(
            task,
            RetrainingRuleBuilder.builder().cooldownSeconds(0).removed(true).reason(reason),
            actor,
            requestId));
  }

  private RetrainingRule told(RetrainingRule made) {
    TaskId task = new TaskId(made.taskId());
    changed.ruled(
        made, rules.find(task, made.number() - 1).filter(RetrainingRule::counts).isPresent());
    return made;
  }

  public RuleEvaluation evaluate(TaskId task) {
    return evaluator.evaluate(task, rule(task));
  }

  /** What the task's next rule would say; nothing is written. */
  public RuleEvaluation preview(TaskId task, RuleBody body, ActorName actor) {
    champions.get(task);
    RetrainingRule rule =
        body.rule()
            .taskId(task.value())
            .number(rules.highest(task) + 1)
            .actor(actor.text())
            .created(Instant.EPOCH)
            .build();
    return evaluator.evaluate(task, rule);
  }

  /** Newest first, with numbers below {@code before}. */
  public List<Outcome> outcomes(TaskId task, long before, int limit) {
    return retrainings.page(task, before, limit).stream().map(this::outcome).toList();
  }

  private Outcome outcome(Retraining retraining) {
    Optional<RunView> run = runs.apply(retraining.runId());
    String unknown = isSent.test(retraining) ? "sent" : "decided";
    Long version =
        run.map(RunView::version)
            .filter(number -> number > 0)
            .or(() -> run.isPresent() ? Optional.empty() : claimed(retraining))
            .orElse(null);
    RunFailed failure = version != null ? null : run.map(RunView::failure).orElse(null);
    return new Outcome(
        retraining,
        retraining.runId(),
        version != null ? "versioned" : run.map(RunView::state).orElse(unknown),
        version,
        failure == null ? null : failure.errorCode().name(),
        failure == null ? null : failure.message());
  }

  /** The topics forget runs; versions stay. */
  private Optional<Long> claimed(Retraining retraining) {
    return versions
        .heldBy(new TaskId(retraining.taskId()), Retraining.SOURCE, retraining.eventId())
        .map(VersionRecord::version);
  }

  private static void checkId(@Nullable String requestId) {
    if (requestId != null && !REQUEST_ID.matcher(requestId).matches()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "the request id must be 1 to 128 visible ASCII characters, got: "
              + Bounded.value(requestId));
    }
  }
}
