package dev.diffstream.registry.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.event.TaskSubmittedBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against a list that is sorted anew for every turn. */
class WaitingEventsTest {
  private static final long SEED = 20261130;
  private static final List<String> OWNERS = List.of("", "a", "b", "c");

  private final Random random = new Random(SEED);
  private final Map<String, Integer> running = new HashMap<>();
  private final Map<String, Long> turns = new HashMap<>();

  private QueuedEvent event(long order) {
    TaskSubmitted task =
        TaskSubmittedBuilder.builder(TaskSubmitted.of("t", Objective.CLASSIFICATION, "x"))
            .owner(OWNERS.get(random.nextInt(OWNERS.size())))
            .priority(random.nextInt(3))
            .build();
    return new QueuedEvent(
        new TaskEvent(
            "place/0/" + order,
            "run-" + order,
            new EventOrigin("/test", "e" + order, "place/0/" + order),
            task,
            new Message("t", Map.of(), new byte[0]),
            Instant.EPOCH),
        order,
        Instant.EPOCH);
  }

  private int running(String owner) {
    return running.getOrDefault(owner, 0);
  }

  private Optional<QueuedEvent> expected(List<QueuedEvent> all, int maxRunning) {
    return all.stream()
        .filter(e -> maxRunning == 0 || running(e.event().owner()) < maxRunning)
        .min(
            Comparator.<QueuedEvent>comparingInt(e -> -e.event().priority())
                .thenComparingInt(e -> running(e.event().owner()))
                .thenComparingLong(e -> turns.getOrDefault(e.event().owner(), 0L))
                .thenComparingLong(
                    e ->
                        all.stream()
                            .filter(
                                other ->
                                    other.event().owner().equals(e.event().owner())
                                        && other.event().priority() == e.event().priority())
                            .mapToLong(QueuedEvent::order)
                            .min()
                            .orElseThrow())
                .thenComparingLong(QueuedEvent::order));
  }

  @Test
  void theNextIsTheOneThatTheRulesSay() {
    System.out.println("seed " + SEED);
    WaitingEvents waiting = new WaitingEvents();
    List<QueuedEvent> all = new ArrayList<>();
    int taken = 0;
    for (long order = 1; order < 3_000; order++) {
      int maxRunning = random.nextInt(3) == 0 ? 2 : 0;
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          QueuedEvent event = event(order);
          waiting.add(event);
          all.add(event);
        }
        case 2 -> {
          String owner = OWNERS.get(random.nextInt(OWNERS.size()));
          running.merge(owner, -1, (n, one) -> Math.max(0, n + one));
        }
        default -> {
          Optional<QueuedEvent> next =
              waiting.next(this::running, owner -> maxRunning == 0 || running(owner) < maxRunning);
          assertThat(next).isEqualTo(expected(all, maxRunning));
          if (next.isPresent()) {
            taken++;
            all.remove(next.get());
            waiting.remove(next.get());
            waiting.tookTurn(next.get().event().owner());
            turns.put(next.get().event().owner(), (long) taken);
            running.merge(next.get().event().owner(), 1, Integer::sum);
          }
        }
      }
      assertThat(waiting.size()).isEqualTo(all.size());
    }
    assertThat(taken).isGreaterThan(500);
  }
}
