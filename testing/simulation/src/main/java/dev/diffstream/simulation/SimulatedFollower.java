package dev.diffstream.simulation;

import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Positions;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.simulation.schedule.Scheduler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A topic as one process reads it: in order within each partition, in no order between them, and
 * now and then not all that is there.
 */
final class SimulatedFollower implements Follower {
  private static final int ONE_POLL_IN_IS_SHORT = 3;

  private final Follower follower;
  private final String topic;
  private final Scheduler scheduler;
  private final Map<Integer, Deque<Received>> fetched = new TreeMap<>();

  SimulatedFollower(Follower follower, String topic, Scheduler scheduler) {
    this.follower = follower;
    this.topic = topic;
    this.scheduler = scheduler;
  }

  @Override
  public List<Received> poll(Duration timeout) {
    return scheduler.effect("poll " + topic, Scheduler.Kind.READ, this::fetchAndTake);
  }

  private List<Received> fetchAndTake() {
    for (Received record : follower.poll(Duration.ZERO)) {
      fetched.computeIfAbsent(record.partition(), p -> new ArrayDeque<>()).add(record);
    }
    List<Deque<Received>> partitions = new ArrayList<>(fetched.values());
    Collections.shuffle(partitions, scheduler.random());
    boolean isShort =
        scheduler.faultsAreOn() && scheduler.random().nextInt(ONE_POLL_IN_IS_SHORT) == 0;
    List<Received> taken = new ArrayList<>();
    for (Deque<Received> partition : partitions) {
      int count = isShort ? scheduler.random().nextInt(partition.size() + 1) : partition.size();
      for (int i = 0; i < count; i++) {
        taken.add(partition.remove());
      }
    }
    return List.copyOf(taken);
  }

  @Override
  public boolean caughtUp() {
    return follower.caughtUp() && fetched.values().stream().allMatch(Deque::isEmpty);
  }

  @Override
  public Positions positions() {
    Positions read = follower.positions();
    Map<Integer, Long> next = new TreeMap<>(read.next());
    fetched.forEach(
        (partition, records) -> {
          if (!records.isEmpty()) {
            next.put(partition, records.getFirst().offset());
          }
        });
    return new Positions(read.topicId(), next);
  }

  @Override
  public boolean resumed() {
    return follower.resumed();
  }

  @Override
  public void close() {
    follower.close();
  }
}
