package dev.diffstream.simulation;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.correction.Retraining;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Provisional;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.simulation.schedule.InvariantViolation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What must hold at the end, when nothing fails any more and nobody has anything left to do. */
final class Convergence {
  private final BrokenObject broken;
  private final EventLog log;
  private final Invariants invariants;

  Convergence(BrokenObject broken, EventLog log, Invariants invariants) {
    this.broken = broken;
    this.log = log;
    this.invariants = invariants;
  }

  void check(List<GatewayProcess> gateways) {
    everyEventHasItsOutcome();
    everyFailureHasItsDeadLetter();
    everyRetrainingHasItsEvent();
    everyTopicTellsTheNewestGeneration();
    noCandidateWaits();
    for (GatewayProcess gateway : gateways) {
      invariants.aliases().values().forEach(log -> served(gateway, log.lastEntry().getValue()));
    }
  }

  private void noCandidateWaits() {
    for (var log : invariants.aliases().values()) {
      AliasGeneration newest = log.lastEntry().getValue();
      if (newest.candidate() != null) {
        throw new InvariantViolation("convergence", "a candidate waits for ever: " + newest);
      }
    }
  }

  private static void served(GatewayProcess gateway, AliasGeneration newest) {
    AliasTarget champion = newest.champion();
    Provisional head = newest.provisional();
    String expected =
        champion != null ? champion.digest() : head != null ? head.digest() : "nothing";
    String actual = gateway.servedDigest(newest.taskId()).orElse("nothing");
    if (!expected.equals(actual)) {
      throw new InvariantViolation(
          "convergence",
          "%s serves %s for task %s, expected %s"
              .formatted(gateway.name(), actual, newest.taskId(), expected));
    }
  }

  private void everyEventHasItsOutcome() {
    for (Received record : records(Topics.TASKS)) {
      if (broken.holdsBack(record.key())) {
        continue;
      }
      EventCodec.EventName name = EventCodec.nameOf(record.headers(), record.value());
      String byPlace = RunIds.ofPlace(record.topic(), record.partition(), record.offset());
      boolean settled =
          invariants.hasFailed(byPlace)
              || (name != null
                  && (invariants.hasVersion(name.source(), name.id())
                      || invariants.hasFailed(RunIds.of(name.source(), name.id()))));
      if (!settled && !invariants.isFull()) {
        throw new InvariantViolation("convergence", record.place() + " has no outcome: " + name);
      }
    }
  }

  private void everyFailureHasItsDeadLetter() {
    Set<String> letters = new HashSet<>();
    records(Topics.TASKS_DEAD_LETTERS)
        .forEach(r -> letters.add(r.headers().getOrDefault("diffstream_run_id", "")));
    for (Received record : records(Topics.RUNS)) {
      if (Invariants.decoded(record.headers(), record.value()) instanceof RunFailed failed
          && !letters.contains(failed.runId())) {
        throw new InvariantViolation("convergence", "no dead letter of " + failed);
      }
    }
  }

  /** And by {@link #everyEventHasItsOutcome} its outcome. */
  private void everyRetrainingHasItsEvent() {
    Set<String> sent = new HashSet<>();
    for (Received record : records(Topics.TASKS)) {
      EventCodec.EventName name = EventCodec.nameOf(record.headers(), record.value());
      if (name != null && name.source().equals(Retraining.SOURCE)) {
        sent.add(name.id());
      }
    }
    for (Retraining retraining : invariants.retrainings()) {
      if (!sent.contains(retraining.eventId())) {
        throw new InvariantViolation("convergence", "no event of " + retraining);
      }
    }
  }

  private void everyTopicTellsTheNewestGeneration() {
    Map<String, Long> last = new HashMap<>();
    for (Received record : records(Topics.ANNOUNCEMENTS)) {
      if (Invariants.decoded(record.headers(), record.value())
          instanceof VersionAnnounced announced) {
        last.put(announced.taskId(), announced.generation());
      }
    }
    invariants
        .aliases()
        .forEach(
            (task, log) -> {
              if (!log.lastKey().equals(last.get(task))) {
                throw new InvariantViolation(
                    "I5",
                    "task "
                        + task
                        + " is at generation "
                        + log.lastKey()
                        + ", the topic ends at "
                        + last.get(task));
              }
            });
  }

  /** How many task events were sent. */
  int taskEvents() {
    return records(Topics.TASKS).size();
  }

  private List<Received> records(String topic) {
    List<Received> records = new ArrayList<>();
    try (Follower follower = log.follow(topic)) {
      while (!follower.caughtUp()) {
        records.addAll(follower.poll(Duration.ZERO));
      }
    }
    return records;
  }
}
