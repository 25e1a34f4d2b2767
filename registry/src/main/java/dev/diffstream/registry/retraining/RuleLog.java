package dev.diffstream.registry.retraining;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.catalog.NumberedLog;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.RetrainingRule;
import dev.diffstream.schemas.correction.RetrainingRuleBuilder;
import dev.diffstream.schemas.registry.ActorName;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rules of every task: the newest counts, and may say that there is none any more. Thread-safe,
 * and safe together with other processes.
 */
public final class RuleLog {
  private static final int MAX_PAGE = 1_000;

  private final ObjectStore store;
  private final InstantSource clock;
  private final NumberedLog<RetrainingRule> log;

  public RuleLog(ObjectStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
    this.log =
        new NumberedLog<>(store, RetrainingRule.class, ObjectKeys::rulesPrefix, ObjectKeys::rule);
  }

  /** The rule that counts; empty if the task has none. */
  public Optional<RetrainingRule> current(TaskId task) {
    return log.newest(task).filter(rule -> rule.counts());
  }

  Optional<RetrainingRule> find(TaskId task, long number) {
    return log.find(task, number);
  }

  /** Number of the newest; 0: the task never had one. */
  long highest(TaskId task) {
    return log.highest(task);
  }

  /** Every rule that the task ever had, newest first. */
  List<RetrainingRule> history(TaskId task) {
    return log.page(task, Long.MAX_VALUE, MAX_PAGE);
  }

  /** The tasks that have, or had, a rule. */
  Set<TaskId> tasks() {
    Set<TaskId> tasks = new TreeSet<>(java.util.Comparator.comparing(TaskId::value));
    try (Stream<String> keys = store.list(ObjectKeys.rulesPrefix())) {
      keys.flatMap(key -> ObjectKeys.ruledTask(key).stream()).forEach(tasks::add);
    }
    return tasks;
  }

  /**
   * Writes the next rule.
   *
   * @param requestId a request that was made before is answered by the rule that it made
   * @throws DiffstreamException INVALID_REQUEST if a request of this id made another rule
   */
  RetrainingRule put(
      TaskId task, RetrainingRuleBuilder rule, ActorName actor, @Nullable String requestId) {
    while (true) {
      for (RetrainingRule known : history(task)) {
        if (requestId != null && requestId.equals(known.requestId())) {
          return same(known, rule, actor);
        }
      }
      RetrainingRule next =
          rule.taskId(task.value())
              .number(log.highest(task) + 1)
              .actor(actor.text())
              .requestId(requestId)
              .created(clock.instant())
              .build();
      if (log.put(task, next.number(), next)) {
        return next;
      }
    }
  }

  private static RetrainingRule same(
      RetrainingRule known, RetrainingRuleBuilder rule, ActorName actor) {
    RetrainingRule asked =
        rule.taskId(known.taskId())
            .number(known.number())
            .actor(actor.text())
            .requestId(known.requestId())
            .created(known.created())
            .build();
    if (!asked.equals(known)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "request %s has made another rule of task %s, number %d"
              .formatted(
                  Bounded.value(String.valueOf(known.requestId())),
                  known.taskId(),
                  known.number()));
    }
    return known;
  }
}
