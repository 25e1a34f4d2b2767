package dev.diffstream.registry.deadletter;

import dev.diffstream.eventlog.AdmissionHeaders;
import dev.diffstream.eventlog.DeadLetterHeaders;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.Header;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The topic of dead letters, read from its beginning by each call: it is short beside all else, and
 * asked by people. Thread-safe.
 */
public final class DeadLetterArchive {
  private static final Duration WAIT = Duration.ofMillis(200);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private final EventLog log;

  public DeadLetterArchive(EventLog log) {
    this.log = log;
  }

  /**
   * What became of a letter that was to be sent once more.
   *
   * @param sent whether its event stands in the topic of task events again
   * @param reason why not; null if it does
   */
  public record Replay(DeadLetter letter, boolean sent, @Nullable String reason) {}

  /** The newest that fit, newest first. */
  public List<DeadLetter> newest(Predicate<DeadLetter> filter, int limit) {
    Deque<DeadLetter> newest = new ArrayDeque<>();
    read(
        received -> {
          DeadLetter letter = DeadLetter.of(received);
          if (filter.test(letter)) {
            newest.addFirst(letter);
            if (newest.size() > limit) {
              newest.removeLast();
            }
          }
        });
    return List.copyOf(newest);
  }

  /**
   * Sends the events of the letters that fit once more, in the order in which they failed. Each
   * keeps its name, and so its run.
   *
   * @param dryRun tells what would be sent, and sends nothing
   */
  public List<Replay> replay(Predicate<DeadLetter> filter, boolean dryRun) {
    List<Received> chosen = new ArrayList<>();
    read(
        received -> {
          if (filter.test(DeadLetter.of(received))) {
            chosen.add(received);
          }
        });
    List<Replay> replays = new ArrayList<>();
    for (Received received : chosen) {
      replays.add(replay(received, DeadLetter.of(received), dryRun));
    }
    return replays;
  }

  private Replay replay(Received received, DeadLetter letter, boolean dryRun) {
    if (letter.notReplayable() != null) {
      return new Replay(letter, false, letter.notReplayable());
    }
    if (!dryRun) {
      List<Header> headers = new ArrayList<>(received.headerList());
      headers.removeIf(
          header ->
              AdmissionHeaders.GAINED.contains(header.name())
                  || header.name().startsWith(DeadLetterHeaders.BROKER_PREFIX));
      try {
        log.publish(Topics.TASKS, received.toMessage().withHeaders(headers));
      } catch (DiffstreamException e) {
        return new Replay(letter, false, e.getMessage());
      }
    }
    return new Replay(letter, true, null);
  }

  private void read(Consumer<Received> each) {
    try (Follower follower = log.follow(Topics.TASKS_DEAD_LETTERS)) {
      long end = System.nanoTime() + LONGEST.toNanos();
      while (!follower.caughtUp()) {
        if (System.nanoTime() > end) {
          throw new DiffstreamException(
              ErrorCode.OVERLOADED, "the dead letters were not read within " + LONGEST);
        }
        follower.poll(WAIT).forEach(each);
      }
    }
  }
}
