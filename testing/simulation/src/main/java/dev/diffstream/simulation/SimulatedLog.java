package dev.diffstream.simulation;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.simulation.schedule.Scheduler;
import java.time.Duration;
import java.util.Optional;

/** The broker as one process sees it: every call is an effect, and none waits. */
final class SimulatedLog implements EventLog {
  private static final int FORBIDDEN_ONE_IN = 40;

  private final EventLog log;
  private final Scheduler scheduler;
  private final Invariants invariants;

  SimulatedLog(EventLog log, Scheduler scheduler, Invariants invariants) {
    this.log = log;
    this.scheduler = scheduler;
    this.invariants = invariants;
  }

  @Override
  public void publish(String topic, Message message) {
    scheduler.effect(
        "publish to " + topic + " " + message.key(),
        Scheduler.Kind.WRITE,
        () -> {
          failIfForbidden(topic);
          invariants.beforePublish(topic, message);
          log.publish(topic, message);
          return true;
        });
  }

  /** A right to publish diffs that was forgotten for a while: no retryable failure. */
  private void failIfForbidden(String topic) {
    if (topic.equals(Topics.DIFFS)
        && scheduler.faultsAreOn()
        && scheduler.random().nextInt(FORBIDDEN_ONE_IN) == 0) {
      scheduler.note("publish to " + topic + ": forbidden");
      throw new DiffstreamException(ErrorCode.DATA_FORBIDDEN, "publish to " + topic + ": no right");
    }
  }

  @Override
  public WorkQueue workQueue(String topic, String group) {
    WorkQueue queue = log.workQueue(topic, group);
    return new WorkQueue() {
      private Optional<Received> held = Optional.empty();

      @Override
      public Optional<Received> take(Duration timeout) {
        held = scheduler.effect("take", Scheduler.Kind.READ, () -> queue.take(Duration.ZERO));
        return held;
      }

      @Override
      public boolean holds() {
        return queue.holds();
      }

      @Override
      public void accept() {
        scheduler.effect(
            "accept",
            Scheduler.Kind.SETTLE,
            () -> {
              if (group.equals(Topics.WORKERS)) {
                invariants.beforeAccept(held.orElseThrow());
              }
              queue.accept();
              return true;
            });
      }

      @Override
      public void release(Duration delay) {
        scheduler.effect(
            "release",
            Scheduler.Kind.SETTLE,
            () -> {
              queue.release(Duration.ZERO);
              return true;
            });
      }

      @Override
      public void reject() {
        queue.reject();
      }

      @Override
      public void close() {
        queue.close();
      }
    };
  }

  /** Gateways answer requests of topics outside of what is simulated. */
  @Override
  public Subscription subscribe(String topic, String group) {
    throw new UnsupportedOperationException("no consumer groups are simulated");
  }

  @Override
  public Follower follow(String topic) {
    return scheduler.effect(
        "follow " + topic,
        Scheduler.Kind.READ,
        () -> new SimulatedFollower(log.follow(topic), topic, scheduler));
  }

  @Override
  public Follower follow(String topic, Positions from) {
    return scheduler.effect(
        "follow on " + topic,
        Scheduler.Kind.READ,
        () -> new SimulatedFollower(log.follow(topic, from), topic, scheduler));
  }

  @Override
  public void ensureTopic(Topics.Topic topic) {
    scheduler.effect(
        "make " + topic.name(),
        Scheduler.Kind.READ,
        () -> {
          log.ensureTopic(topic);
          return true;
        });
  }

  @Override
  public void ping(Duration timeout) {}

  @Override
  public void close() {}
}
