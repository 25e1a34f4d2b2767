package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Positions;
import dev.diffstream.schemas.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The topics that the registry follows. */
record Followers(
    Follower runs,
    Follower deadLetters,
    Follower announcements,
    Follower brokerDeadLetters,
    Follower diffs,
    Follower residency,
    Follower tasks)
    implements AutoCloseable {

  /** From their beginnings. */
  static Followers open(EventLog log) {
    return open(log, topic -> Optional.empty());
  }

  /**
   * Opens all, or none: what was opened before one failed is closed.
   *
   * @param from where to go on in a topic; empty: from its beginning
   */
  static Followers open(EventLog log, Function<String, Optional<Positions>> from) {
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
        Optional<Positions> position = from.apply(topic);
        opened.add(position.isPresent() ? log.follow(topic, position.get()) : log.follow(topic));
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
