package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.registry.promotion.PromotionSettings;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasGenerationBuilder;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.Provisional;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Heads alone that answer while their task has no champion. */
class ProvisionalsTest {
  private static final int[] NO_POSITIONS = {};
  private static final int[] POSITIONS = {3, 8};
  private static final TaskId TASK = new TaskId("songs");

  private final InMemoryBackends backends = new InMemoryBackends();

  private DiffPublished head(String eventId, double score) {
    DiffPublished event =
        backends.stored(
            TASK.value(), eventId, InMemoryBackends.diff(TASK.value(), NO_POSITIONS, score));
    return DiffPublishedBuilder.builder(event)
        .stage(DiffPublished.PROVISIONAL)
        .report(ObjectKeys.provisional(event.runId()))
        .build();
  }

  private void send(DiffPublished event) {
    backends.send(Topics.DIFFS, event, Map.of("traceparent", InMemoryBackends.TRACE));
  }

  private void run() {
    run(InMemoryBackends.settings());
  }

  private void run(RegistrySettings settings) {
    try (Registrar registrar = InMemoryBackends.registrar(backends.store, backends.log, settings)) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
    }
  }

  private List<VersionAnnounced> announced() {
    return backends.events(Topics.ANNOUNCEMENTS, VersionAnnounced.class);
  }

  @Test
  void answersUntilTheRunHasPublished() {
    DiffPublished head = head("e1", 0.8);
    send(head);
    run();
    assertThat(announced()).hasSize(1);
    VersionAnnounced first = announced().getFirst();
    assertThat(first.aliases()).isEmpty();
    assertThat(first.provisional())
        .isEqualTo(new Provisional(head.digest(), InMemoryBackends.BASE, head.runId()));

    DiffPublished diff =
        backends.stored(TASK.value(), "e1", InMemoryBackends.diff(TASK.value(), POSITIONS, 0.9));
    backends.report(diff);
    send(diff);
    run();
    VersionAnnounced last = announced().getLast();
    assertThat(last.generation()).isEqualTo(2);
    assertThat(last.provisional()).isNull();
    assertThat(last.aliases().get(AliasGeneration.CHAMPION))
        .extracting(AliasTarget::digest)
        .isEqualTo(diff.digest());
  }

  @Test
  void aNewerRunTakesThePlaceOfAnOlderOne() {
    send(head("e1", 0.7));
    DiffPublished newer = head("e2", 0.8);
    send(newer);
    run();
    run();
    assertThat(announced()).hasSize(2);
    assertThat(announced().getLast().provisional())
        .extracting(Provisional::digest)
        .isEqualTo(newer.digest());
  }

  @Test
  void isNotWantedBesideAChampion() {
    DiffPublished diff =
        backends.publish(TASK.value(), "e1", InMemoryBackends.diff(TASK.value(), POSITIONS, 0.9));
    backends.report(diff);
    run();
    send(head("e2", 0.95));
    run();
    assertThat(announced()).hasSize(1);
  }

  /** Somebody has taken it away, and its event is read again at every start. */
  @Test
  void whatWasWithdrawnDoesNotComeBack() {
    send(head("e1", 0.8));
    run();
    AliasGeneration withdrawn =
        AliasGenerationBuilder.builder()
            .taskId(TASK.value())
            .generation(2)
            .aliases(Map.of())
            .decidedThrough(0)
            .move(new Move(Move.WITHDRAW, "a person", "r-1", null, null))
            .created(InMemoryBackends.NOW)
            .build();
    backends.store.put(ObjectKeys.aliases(TASK, 2), Json.write(withdrawn), Map.of());
    run();
    run();
    assertThat(announced().getLast().generation()).isEqualTo(2);
    assertThat(announced().getLast().provisional()).isNull();
  }

  @Test
  void waitsForNobodyAndSoIsNotMadeWhereAPersonDecides() {
    send(head("e1", 0.8));
    run(
        RegistrySettingsBuilder.builder(InMemoryBackends.settings())
            .promotion(new PromotionSettings(List.of("songs"), Duration.ZERO))
            .build());
    assertThat(announced()).isEmpty();
  }

  @Test
  void aWholeDiffOrAWeakHeadIsRefusedAndNobodyFails() {
    send(
        DiffPublishedBuilder.builder(
                backends.stored(
                    TASK.value(), "e1", InMemoryBackends.diff(TASK.value(), POSITIONS, 0.9)))
            .stage(DiffPublished.PROVISIONAL)
            .build());
    send(head("e2", 0.4));
    run();
    assertThat(announced()).isEmpty();
    assertThat(backends.registryObjects()).isEmpty();
    assertThat(backends.records(Topics.RUNS)).isEmpty();
    assertThat(backends.records(Topics.TASKS_DEAD_LETTERS)).isEmpty();
  }
}
