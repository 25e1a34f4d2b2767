package dev.diffstream.simulation;

import dev.diffstream.registry.correction.CorrectionBody;
import dev.diffstream.registry.retraining.RuleBody;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.Correction;
import dev.diffstream.schemas.correction.RetrainingRule;
import dev.diffstream.simulation.schedule.InvariantViolation;
import dev.diffstream.simulation.schedule.Scheduler;
import dev.diffstream.simulation.schedule.SimulatedProcess;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * A person who sets a rule for a task and corrects its answers, at one registry or another. A
 * request whose outcome is not known is made again, with the same id.
 */
final class CorrectorProcess implements SimulatedProcess {
  private static final TaskId TASK = new TaskId(ProducerProcess.TASKS.getFirst());
  private static final String REQUEST = "correction-";

  private final Scheduler scheduler;
  private final Random random;
  private final List<RegistryProcess> registries;
  private final int corrections;
  private final RuleBody rule;
  private boolean ruleIsSet;
  private int made;
  private int vain;

  CorrectorProcess(Scheduler scheduler, List<RegistryProcess> registries) {
    this.scheduler = scheduler;
    this.random = scheduler.random();
    this.registries = List.copyOf(registries);
    this.corrections = random.nextInt(5);
    this.rule =
        new RuleBody(
            1 + random.nextInt(2),
            null,
            null,
            (long) random.nextInt(2) * 600,
            new RetrainingRule.Budget(null, null),
            null,
            null,
            "simulated");
  }

  @Override
  public String name() {
    return "corrector";
  }

  @Override
  public void step() {
    if (isIdle() || (scheduler.faultsAreOn() && random.nextInt(4) > 0)) {
      return;
    }
    RegistryProcess registry = registries.get(random.nextInt(registries.size()));
    try {
      if (ruleIsSet) {
        correct(registry);
      } else {
        registry.setRule(TASK, rule, "rule");
        ruleIsSet = true;
      }
    } catch (DiffstreamException e) {
      scheduler.note("is answered " + e.code());
      if (!scheduler.faultsAreOn() && e.code() == ErrorCode.TASK_UNKNOWN) {
        vain++; // the task has no champion, and may never have one
      }
    }
  }

  private void correct(RegistryProcess registry) {
    String id = REQUEST + made;
    CorrectionBody body = new CorrectionBody("text " + made, null, "yes", null, null, null, null);
    Correction correction = registry.correct(TASK, body, id);
    if (!id.equals(correction.requestId()) || !body.text().equals(correction.text())) {
      throw new InvariantViolation("correction", id + " was answered by " + correction);
    }
    scheduler.note("made correction " + correction.number());
    made++;
  }

  /** The person goes on where they were. */
  @Override
  public void crash() {}

  @Override
  public void jumpClock(Duration by) {}

  @Override
  public boolean isIdle() {
    return made == corrections || vain > 3;
  }
}
