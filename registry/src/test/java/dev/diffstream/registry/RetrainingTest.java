package dev.diffstream.registry;

import static dev.diffstream.registry.CorrectedWorld.ADA;
import static dev.diffstream.registry.CorrectedWorld.DATA;
import static dev.diffstream.registry.CorrectedWorld.TASK;
import static dev.diffstream.registry.CorrectedWorld.after;
import static dev.diffstream.registry.CorrectedWorld.settle;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.retraining.RetrainingLoop;
import dev.diffstream.registry.retraining.RuleBody;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.correction.Retraining;
import dev.diffstream.schemas.correction.RetrainingRule.Budget;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.GatewayResidency.Window;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.event.TaskSubmitted.Gate;
import dev.diffstream.schemas.event.TaskSubmittedBuilder;
import dev.diffstream.schemas.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Rules that ask for a task to be learned again, on one registry and on several. */
class RetrainingTest {
  private static final Budget UNLIMITED = new Budget(null, null);

  private final CorrectedWorld world = new CorrectedWorld();
  private final RetrainingLoop registry = world.registry();

  @Test
  void enoughCorrectionsSendTheChampionsEventOverThemAndTheOldData() {
    registry.requests().put(TASK, after(3, Duration.ZERO, UNLIMITED), ADA, null);
    settle(registry);
    world.correct(registry, "yes");
    world.correct(registry, "no");
    settle(registry);
    assertThat(world.retrainings()).isEmpty();
    world.correct(registry, "yes");
    settle(registry);
    settle(registry);
    assertThat(world.sent()).containsExactly("songs/1");
    String key = ObjectKeys.correctionsThrough(TASK, 3);
    TaskSubmitted event = lastEvent();
    assertThat(event.data().train()).containsExactly(DATA, key);
    assertThat(event.gate()).isEqualTo(new Gate("champion", null));
    assertThat(event.base()).isEqualTo(InMemoryBackends.BASE);
    List<String> rows =
        new String(world.backends.store.get(key, 1 << 20).orElseThrow(), UTF_8).lines().toList();
    assertThat(rows).hasSize(3);
    assertThat(Json.parse(rows.get(1).getBytes(UTF_8), "row").path("text").asText())
        .isEqualTo("text 2");
    Retraining retraining = world.retrainings().getFirst();
    assertThat(retraining.corrections()).isEqualTo(3);
    assertThat(retraining.champion()).isEqualTo(1);
    assertThat(retraining.conditions())
        .extracting(Retraining.Condition::name)
        .containsExactly("corrections");
  }

  @Test
  void theNextOneWaitsForTheRunAndTakesTheEarlierCorrectionsAlong() {
    registry.requests().put(TASK, after(1, Duration.ZERO, UNLIMITED), ADA, null);
    world.correct(registry, "yes");
    settle(registry);
    world.correct(registry, "no");
    settle(registry);
    assertThat(world.sent()).as("the run is on its way").containsExactly("songs/1");
    TaskSubmitted first = lastEvent();
    world.endRun();
    world.champion("e2", first); // the retrained version
    world.now = world.now.plusSeconds(61);
    settle(registry);
    assertThat(world.sent()).containsExactly("songs/1", "songs/2");
    assertThat(lastEvent().data().train())
        .containsExactly(DATA, ObjectKeys.correctionsThrough(TASK, 2));
    world.endRun();
    world.now = world.now.plusSeconds(61);
    settle(registry);
    assertThat(world.sent()).as("nothing is new").hasSize(2);
  }

  @Test
  void cooldownAndBudgetHoldItBack() {
    Budget budget = new Budget(2, 3);
    registry.requests().put(TASK, after(1, Duration.ofMinutes(10), budget), ADA, null);
    assertThat(sentAfter(Duration.ZERO)).isEqualTo(1);
    assertThat(sentAfter(Duration.ofMinutes(9))).as("cooldown").isEqualTo(1);
    world.now = world.now.plus(Duration.ofMinutes(1));
    settle(registry);
    assertThat(world.sent()).as("by the clock alone").hasSize(2);
    assertThat(sentAfter(Duration.ofHours(23))).as("two a day").isEqualTo(2);
    assertThat(sentAfter(Duration.ofHours(1))).isEqualTo(3);
    assertThat(sentAfter(Duration.ofHours(48))).as("three in all").isEqualTo(3);
  }

  private int sentAfter(Duration time) {
    if (!world.retrainings().isEmpty()) {
      world.endRun();
    }
    world.now = world.now.plus(time);
    world.correct(registry, "yes");
    settle(registry);
    return world.sent().size();
  }

  @Test
  void tooFewConfirmedAnswersAreACondition() {
    RuleBody rule = new RuleBody(null, 0.8, 10, 0L, UNLIMITED, -0.01, null, null);
    registry.requests().put(TASK, rule, ADA, null);
    for (int i = 0; i < 10; i++) {
      world.correct(registry, "yes", i < 8 ? "yes" : null);
    }
    settle(registry);
    assertThat(world.sent()).as("8 of 10 is not below 0.8").isEmpty();
    world.correct(registry, "yes", "yes");
    world.correct(registry, "yes", "no");
    settle(registry);
    assertThat(world.sent()).as("7 of the newest 10").hasSize(1);
    assertThat(world.retrainings().getFirst().conditions().getFirst().value()).isEqualTo(0.7);
    assertThat(lastEvent().gate()).isEqualTo(new Gate("champion", -0.01));
  }

  /** The same data give the same bits: without a correction there is nothing to learn. */
  @Test
  void aConfidenceThatHasMovedIsACondition() {
    registry.requests().put(TASK, drift(4), ADA, null);
    world.confidence(new Window(500, 0.9, 0.01), new Window(500, 0.89, 0.01));
    world.correct(registry, "yes");
    settle(registry);
    assertThat(world.sent()).as("1.6 standard errors").isEmpty();
    world.confidence(new Window(500, 0.9, 0.01), new Window(500, 0.8, 0.01));
    world.now = world.now.plusSeconds(61); // nobody tells the rules of it: they are looked at
    settle(registry);
    assertThat(world.sent()).containsExactly("songs/1");
    assertThat(world.retrainings().getFirst().conditions())
        .extracting(Retraining.Condition::name)
        .containsExactly("confidenceDrift");
    world.endRun();
    world.now = world.now.plusSeconds(61);
    settle(registry);
    assertThat(world.sent()).as("there is nothing new to learn from").hasSize(1);
  }

  private static RuleBody drift(double z) {
    return new RuleBody(null, null, null, 0L, UNLIMITED, null, z, null);
  }

  @Test
  void aRuleThatWasTakenAwayAsksForNothing() {
    registry.requests().put(TASK, after(2, Duration.ZERO, UNLIMITED), ADA, null);
    world.correct(registry, "yes");
    registry.requests().remove(TASK, ADA, "r-1", "enough");
    registry.requests().remove(TASK, ADA, "r-1", "enough");
    world.correct(registry, "yes");
    settle(registry);
    assertThat(world.sent()).isEmpty();
    registry.requests().put(TASK, after(2, Duration.ZERO, UNLIMITED), ADA, null);
    settle(registry);
    assertThat(world.sent()).hasSize(1);
    assertThat(world.backends.store.list(ObjectKeys.rulesPrefix(TASK))).hasSize(3);
  }

  @Test
  void aChampionWhoseEventIsNotKnownHoldsItBackAndIsNoFault() {
    world.champion("e2", TaskSubmitted.of(TASK.value(), Objective.CLASSIFICATION, DATA));
    String report = ObjectKeys.report(dev.diffstream.schemas.run.RunIds.of("/test", "e2"), 1);
    byte[] bytes = world.backends.store.get(report, 1 << 20).orElseThrow();
    world.backends.store.put(
        report,
        new String(bytes, UTF_8).replaceFirst("\"task\":\\{.*}},", "").getBytes(UTF_8),
        Map.of());
    registry.requests().put(TASK, after(1, Duration.ZERO, UNLIMITED), ADA, null);
    world.correct(registry, "yes");
    settle(registry);
    assertThat(world.sent()).isEmpty();
    assertThat(registry.quarantine().size()).isZero();
  }

  /** Its other settings stay, what it asked of the gate too. */
  @Test
  void theEventKeepsWhatTheChampionsEventSaid() {
    world.champion(
        "e2",
        TaskSubmittedBuilder.builder(TaskSubmitted.of(TASK.value(), Objective.CLASSIFICATION, DATA))
            .gate(new Gate("champion", 0.02))
            .precision("int8")
            .owner("desk")
            .build());
    registry.requests().put(TASK, after(1, Duration.ZERO, UNLIMITED), ADA, null);
    world.correct(registry, "yes");
    settle(registry);
    assertThat(lastEvent())
        .extracting(TaskSubmitted::gate, TaskSubmitted::precision, TaskSubmitted::owner)
        .containsExactly(new Gate("champion", 0.02), "int8", "desk");
  }

  @Test
  void ofTwoRegistriesOneDecides() {
    RetrainingLoop other = world.registry();
    AtomicBoolean raced = new AtomicBoolean();
    ObjectStore slow =
        HookedStore.over(
            world.backends.store,
            (method, key) -> {
              if (method.equals("putIfAbsent")
                  && key.startsWith(ObjectKeys.retrainingsPrefix(TASK))
                  && raced.compareAndSet(false, true)) {
                settle(other);
              }
            });
    RetrainingLoop first = world.registry(slow, world.backends.log);
    first.requests().put(TASK, after(1, Duration.ZERO, UNLIMITED), ADA, null);
    world.correct(first, "yes");
    settle(first);
    assertThat(raced).isTrue();
    assertThat(world.retrainings()).hasSize(1);
    assertThat(world.sent()).containsExactly("songs/1");
  }

  @Test
  void aRegistryFindsWhatAnotherWasTold() {
    RetrainingLoop other = world.registry();
    settle(other);
    registry.requests().put(TASK, after(1, Duration.ZERO, UNLIMITED), ADA, null);
    world.correct(registry, "yes"); // and it does not come to look
    settle(other);
    assertThat(world.sent()).isEmpty();
    world.now = world.now.plusSeconds(31);
    settle(other);
    assertThat(world.sent()).hasSize(1);
  }

  /** An event that its registry decided and did not send. */
  @Test
  void anotherRegistrySendsWhatWasLeftButNotAtOnce() {
    RetrainingLoop other = world.registry();
    settle(other);
    registry.requests().put(TASK, after(1, Duration.ZERO, UNLIMITED), ADA, null);
    world.correct(registry, "yes");
    settle(registry);
    Retraining made = world.retrainings().getFirst();
    CorrectedWorld elsewhere = new CorrectedWorld(); // the same without the event
    for (String key : world.backends.store.list("").toList()) {
      byte[] bytes = world.backends.store.get(key, 1 << 20).orElseThrow();
      elsewhere.backends.store.put(key, bytes, Map.of());
    }
    RetrainingLoop late = elsewhere.registry();
    settle(late);
    assertThat(elsewhere.sent()).as("its registry may be about to send it").isEmpty();
    elsewhere.now = elsewhere.now.plusSeconds(11);
    settle(late);
    settle(late);
    assertThat(elsewhere.sent()).containsExactly(made.eventId());
    assertThat(elsewhere.backends.records(Topics.TASKS).getLast().value())
        .as("byte for byte")
        .isEqualTo(world.backends.records(Topics.TASKS).getLast().value());
  }

  private TaskSubmitted lastEvent() {
    var record = world.backends.records(Topics.TASKS).getLast();
    return EventCodec.decode(record.headers(), record.value()).as(TaskSubmitted.class).data();
  }
}
