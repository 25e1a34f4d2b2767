package dev.diffstream.registry.deadletter;

import dev.diffstream.eventlog.AdmissionHeaders;
import dev.diffstream.eventlog.DeadLetterHeaders;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.Header;
import dev.diffstream.registry.intake.RefusedDiffs;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The topic of dead letters, read from its beginning by each call: it is short beside all else, and
 * asked by people. Thread-safe.
 */
public final class DeadLetterArchive {
  private static final Duration WAIT = Duration.ofMillis(200);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  /** After this time at the latest, the registrar has read what was sent. */
  private static final Duration AT_ONCE = Duration.ofSeconds(30);

  private final EventLog log;
  private final Function<String, Optional<RunView>> runs;
  private final InstantSource clock;
  private final Predicate<String> visible;
  private final Map<String, Long> sent = new ConcurrentHashMap<>();

  /**
   * @param runs the latest word of a run, if there is any
   */
  public DeadLetterArchive(
      EventLog log, Function<String, Optional<RunView>> runs, InstantSource clock) {
    this(log, runs, clock, task -> true);
  }

  /**
   * @param runs the latest word of a run, if there is any
   * @param visible whether the caller may know of a task; letters of others do not exist for them
   */
  public DeadLetterArchive(
      EventLog log,
      Function<String, Optional<RunView>> runs,
      InstantSource clock,
      Predicate<String> visible) {
    this.log = log;
    this.runs = runs;
    this.clock = clock;
    this.visible = visible;
  }

  /**
   * What became of a letter that was to be sent once more.
   *
   * @param sent whether its event stands in its topic again
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
   * Sends the events of the letters that fit once more, in the order in which they failed: task
   * events, and those of diffs that a quota refused. Each keeps its name, and so its run. A run's
   * newest letter alone is sent, and only if the run has ended without a version; the same letter
   * is not sent again at once.
   *
   * @param dryRun tells what would be sent, and sends nothing
   */
  public List<Replay> replay(Predicate<DeadLetter> filter, boolean dryRun) {
    List<Received> chosen = new ArrayList<>();
    Map<String, String> newest = new HashMap<>();
    read(
        received -> {
          DeadLetter letter = DeadLetter.of(received);
          if (letter.runId() != null) {
            newest.put(letter.runId(), letter.place());
          }
          if (filter.test(letter)) {
            chosen.add(received);
          }
        });
    List<Replay> replays = new ArrayList<>();
    for (Received received : chosen) {
      replays.add(replay(received, DeadLetter.of(received), newest, dryRun));
    }
    return replays;
  }

  private Replay replay(
      Received received, DeadLetter letter, Map<String, String> newest, boolean dryRun) {
    String obstacle = obstacle(letter, newest);
    if (obstacle != null) {
      return new Replay(letter, false, obstacle);
    }
    if (dryRun) {
      return new Replay(letter, true, null);
    }
    if (!sentNow(letter.place())) {
      return new Replay(letter, false, "it was sent once more a moment ago");
    }
    try {
      if (DeadLetter.isOfDiff(received)) {
        log.publish(Topics.DIFFS, RefusedDiffs.again(received.value(), received.place(), clock));
      } else {
        log.publish(Topics.TASKS, taskEvent(received));
      }
    } catch (DiffstreamException e) {
      sent.remove(letter.place());
      return new Replay(letter, false, e.getMessage());
    }
    return new Replay(letter, true, null);
  }

  private static Message taskEvent(Received letter) {
    List<Header> headers = new ArrayList<>(letter.headerList());
    headers.removeIf(
        header ->
            AdmissionHeaders.GAINED.contains(header.name())
                || header.name().startsWith(DeadLetterHeaders.BROKER_PREFIX));
    return letter.toMessage().withHeaders(headers);
  }

  private @Nullable String obstacle(DeadLetter letter, Map<String, String> newest) {
    if (letter.notReplayable() != null || letter.runId() == null) {
      return letter.notReplayable();
    }
    String later = newest.get(letter.runId());
    if (later != null && !later.equals(letter.place())) {
      return "its run has a later dead letter: " + later;
    }
    RunView run = runs.apply(letter.runId()).orElse(null);
    if (run == null || (run.failure() != null && run.version() == 0)) {
      return null;
    }
    return "its run has not failed: it is " + run.state();
  }

  /** False if this was called with the place a moment ago. */
  private boolean sentNow(String place) {
    long now = System.nanoTime();
    sent.values().removeIf(at -> now - at > AT_ONCE.toNanos());
    return sent.putIfAbsent(place, now) == null;
  }

  private void read(Consumer<Received> each) {
    try (Follower follower = log.follow(Topics.TASKS_DEAD_LETTERS)) {
      long end = System.nanoTime() + LONGEST.toNanos();
      while (!follower.caughtUp()) {
        if (System.nanoTime() > end) {
          throw new DiffstreamException(
              ErrorCode.OVERLOADED, "the dead letters were not read within " + LONGEST);
        }
        for (Received received : follower.poll(WAIT)) {
          if (visible.test(received.key())) {
            each.accept(received);
          }
        }
      }
    }
  }
}
