package dev.diffstream.registry.retraining;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.correction.Retraining;
import dev.diffstream.schemas.correction.Retraining.Condition;
import dev.diffstream.schemas.correction.RetrainingRule;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a rule says at one moment.
 *
 * @param conditions of the rule, met or not; one that is met is enough
 * @param limits that hold a retraining back, or do not
 * @param fires whether the task is learned again now
 * @param number that the next retraining would have
 * @param corrections number of the newest correction, which it would learn from
 * @param champion the version whose event it would repeat; absent: there is none
 * @param event data of the task event that it would send; absent where there is none to repeat
 */
@RecordBuilder
public record RuleEvaluation(
    String taskId,
    RetrainingRule rule,
    List<Condition> conditions,
    List<Limit> limits,
    boolean fires,
    long number,
    long corrections,
    @Nullable Long champion,
    @Nullable String eventSource,
    @Nullable String eventId,
    @Nullable JsonNode event) {
  public RuleEvaluation {
    conditions = List.copyOf(conditions);
    limits = List.copyOf(limits);
  }

  /**
   * Something that may hold a retraining back.
   *
   * @param name {@code newCorrections}, {@code champion}, {@code run}, {@code cooldown}, {@code
   *     perDay} or {@code total}
   * @param until when it ends by itself; absent where it does not
   */
  public record Limit(String name, boolean holdsBack, String says, @Nullable Instant until) {}

  /** What the registry decides by it. */
  Retraining retraining(String registryId, Instant now) {
    return new Retraining(
        taskId,
        number,
        rule.number(),
        conditions.stream().filter(Condition::met).toList(),
        corrections,
        java.util.Objects.requireNonNull(champion),
        java.util.Objects.requireNonNull(event),
        registryId,
        now);
  }
}
