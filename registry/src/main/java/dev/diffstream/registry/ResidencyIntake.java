package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.registry.TaskBacklog.Job;
import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.fleet.Fleet;
import dev.diffstream.registry.move.AliasMoves;
import dev.diffstream.registry.promotion.Candidates;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.GatewayFarewell;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.Candidate;
import dev.diffstream.schemas.registry.AliasTarget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What gateways say: who holds what, and what they have found of a version, which moves it. Belongs
 * to the registrar's thread.
 */
final class ResidencyIntake {
  private static final Logger LOG = LoggerFactory.getLogger(ResidencyIntake.class);

  private final Fleet fleet;
  private final TaskCatalog tasks;
  private final AliasMoves moves;
  private final Candidates candidates;
  private final TaskBacklog backlog;

  ResidencyIntake(
      Fleet fleet,
      TaskCatalog tasks,
      AliasMoves moves,
      Candidates candidates,
      TaskBacklog backlog) {
    this.fleet = fleet;
    this.tasks = tasks;
    this.moves = moves;
    this.candidates = candidates;
    this.backlog = backlog;
  }

  /** A record of the residency topic; what cannot be read is passed over, since it is a hint. */
  void onRecord(Received received) {
    try {
      EventEnvelope<? extends Event> event =
          EventCodec.decode(received.headers(), received.value());
      if (event.data() instanceof GatewayFarewell farewell) {
        fleet.onFarewell(farewell, event.time());
      } else if (event.data() instanceof GatewayResidency word) {
        fleet.onResidency(word, event.time());
        settleLater(word, received.place());
      }
    } catch (DiffstreamException e) {
      LOG.warn("skipped {}: {}", received.place(), e.getMessage());
    }
  }

  private void settleLater(GatewayResidency word, String place) {
    if (word.health() != null && word.errorCode() != null) {
      backlog.add(new Job(place, word.taskId(), () -> moveBack(word)));
    }
    Candidate candidate = word.candidate();
    if (candidate != null) {
      backlog.add(new Job("candidate at " + place, word.taskId(), () -> tested(word, candidate)));
    }
  }

  /** A gateway has tested a candidate. */
  private void tested(GatewayResidency word, Candidate candidate) {
    TaskId task = new TaskId(word.taskId());
    TaskView known = tasks.tasks().get(word.taskId());
    AliasTarget target =
        known == null || known.aliases() == null ? null : known.aliases().candidate();
    if (target == null
        || target.version() != candidate.version()
        || !target.digest().equals(candidate.digest())) {
      return;
    }
    String gateway = "gateway " + word.gatewayId();
    if (candidate.errorCode() != null) {
      String reason = "%s: %s: %s".formatted(gateway, candidate.errorCode(), candidate.message());
      moves.refuse(task, candidate.version(), reason).ifPresent(tasks::movedByRegistry);
    } else if (candidates.waitsForTest(word.taskId(), candidate.version())) {
      moves
          .confirm(task, candidate.version(), "its probes passed at " + gateway)
          .ifPresent(tasks::movedByRegistry);
    }
    tasks.load(task);
  }

  /** Candidates that no gateway has spoken of in time become champions all the same. */
  void confirmOverdue() {
    for (Candidates.Overdue candidate : candidates.overdue()) {
      TaskId task = new TaskId(candidate.taskId());
      String key = "candidate of " + ObjectKeys.aliases(task, candidate.generation());
      backlog.add(new Job(key, task.value(), () -> confirm(task, candidate)));
    }
  }

  private void confirm(TaskId task, Candidates.Overdue candidate) {
    moves
        .confirm(task, candidate.version(), "no gateway has said in time how it tested it")
        .ifPresent(
            generation -> {
              candidates.gaveUp(candidate);
              tasks.movedByRegistry(generation);
            });
    tasks.load(task);
  }

  /** A gateway says that a version answers badly. */
  private void moveBack(GatewayResidency word) {
    TaskId task = new TaskId(word.taskId());
    String reason = "gateway " + word.gatewayId() + ": " + word.message();
    moves
        .moveBack(task, word.generation(), word.version(), reason)
        .ifPresent(
            generation -> {
              tasks.movedByRegistry(generation);
              tasks.load(task);
            });
  }
}
