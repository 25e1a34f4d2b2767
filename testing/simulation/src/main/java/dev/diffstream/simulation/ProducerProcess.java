package dev.diffstream.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.Header;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.simulation.schedule.Scheduler;
import dev.diffstream.simulation.schedule.SimulatedProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Sends task events, now and then one twice, and records that nobody can read, on every topic. An
 * event whose answer was lost is sent again, as producers do.
 */
final class ProducerProcess implements SimulatedProcess {
  static final String SOURCE = "/simulation";
  static final List<String> TASKS = List.of("task-0", "task-1", BrokenObject.TASK.value());

  /** How often each is chosen, of ten. */
  private static final int BROKEN_OF_TEN = 1;

  private static final List<String> KINDS =
      List.of("good", "good", "good", "good", "good", "weak", "bad", "faulty");
  private static final List<String> POISONED_TOPICS =
      List.of(
          Topics.TASKS, Topics.RUNS, Topics.DIFFS, Topics.ANNOUNCEMENTS, Topics.TASKS_DEAD_LETTERS);

  private final EventLog log;
  private final Scheduler scheduler;
  private final Random random;
  private final List<Outgoing> plan = new ArrayList<>();

  private record Outgoing(String topic, Message message) {}

  ProducerProcess(EventLog log, Scheduler scheduler, int events) {
    this.log = log;
    this.scheduler = scheduler;
    this.random = scheduler.random();
    for (int i = 0; i < events; i++) {
      plan(i);
    }
  }

  private void plan(int number) {
    String task =
        random.nextInt(10) < BROKEN_OF_TEN ? TASKS.getLast() : TASKS.get(random.nextInt(2));
    String kind = KINDS.get(random.nextInt(KINDS.size()));
    Message event = event(task, "e-" + number, kind + "-" + random.nextInt(4) + ".jsonl");
    plan.add(new Outgoing(Topics.TASKS, event));
    if (random.nextInt(5) == 0) {
      plan.add(new Outgoing(Topics.TASKS, event)); // sent twice
    }
    if (random.nextInt(4) == 0) {
      String topic = POISONED_TOPICS.get(random.nextInt(POISONED_TOPICS.size()));
      plan.add(new Outgoing(topic, poison(task)));
    }
  }

  private Message event(String task, String id, String file) {
    TaskSubmitted submitted =
        TaskSubmitted.of(task, Objective.CLASSIFICATION, "tasks/" + task + "/data/" + file);
    EventCodec.Encoded encoded =
        EventCodec.encode(
            new EventEnvelope<>(
                id, SOURCE, java.time.Instant.EPOCH.plusSeconds(1), Map.of(), submitted));
    return new Message(task, encoded.headers(), encoded.value());
  }

  private Message poison(String task) {
    byte[] value =
        switch (random.nextInt(4)) {
          case 0 -> "nothing".getBytes(UTF_8);
          case 1 -> new byte[] {(byte) 0xff, 0, 1};
          case 2 -> "{\"runId\":\"r\",\"phase\":\"distilling\"}".getBytes(UTF_8);
          default -> new byte[0];
        };
    List<Header> headers =
        random.nextBoolean()
            ? List.of(Header.of("ce_type", "dev.diffstream.later.v9"))
            : List.of(new Header("odd", null));
    return new Message(task.getBytes(UTF_8), headers, value);
  }

  @Override
  public String name() {
    return "producer";
  }

  @Override
  public void step() {
    if (plan.isEmpty()) {
      return;
    }
    Outgoing next = plan.getFirst();
    try {
      log.publish(next.topic(), next.message());
      plan.removeFirst();
    } catch (DiffstreamException e) {
      scheduler.note("sends again: " + e.code());
    }
  }

  @Override
  public void crash() {}

  @Override
  public boolean isIdle() {
    return plan.isEmpty();
  }
}
