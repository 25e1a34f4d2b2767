package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.schemas.Topics;
import java.util.ArrayList;
import java.util.List;

/** The topics that the registry follows, from their beginnings. */
record Followers(
    Follower runs,
    Follower deadLetters,
    Follower announcements,
    Follower brokerDeadLetters,
    Follower diffs,
    Follower residency,
    Follower tasks)
    implements AutoCloseable {

  /** Opens all, or none: what was opened before one failed is closed. */
  static Followers open(EventLog log) {
    List<Follower> opened = new ArrayList<>();
    try {
      for (String topic :
          List.of(
              Topics.RUNS,
              Topics.TASKS_DEAD_LETTERS,
              Topics.ANNOUNCEMENTS,
              Topics.TASKS_BROKER_DEAD_LETTERS,
              Topics.DIFFS,
              Topics.RESIDENCY,
              Topics.TASKS)) {
        opened.add(log.follow(topic));
      }
      return new Followers(
          opened.get(0),
          opened.get(1),
          opened.get(2),
          opened.get(3),
          opened.get(4),
          opened.get(5),
          opened.get(6));
    } catch (RuntimeException | Error e) {
      opened.forEach(Follower::close);
      throw e;
    }
  }

  /** Whether runs, dead letters and announcements are read to their ends. */
  boolean stateRead() {
    return runs.caughtUp() && deadLetters.caughtUp() && announcements.caughtUp();
  }

  /** Whether the topics whose records must be settled are read to their ends. */
  boolean workRead() {
    return brokerDeadLetters.caughtUp()
        && diffs.caughtUp()
        && residency.caughtUp()
        && tasks.caughtUp();
  }

  @Override
  public void close() {
    List.of(runs, deadLetters, announcements, brokerDeadLetters, diffs, residency, tasks)
        .forEach(Follower::close);
  }
}
