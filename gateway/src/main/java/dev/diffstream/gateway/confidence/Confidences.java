package dev.diffstream.gateway.confidence;

import dev.diffstream.schemas.event.GatewayResidency.Confidence;
import dev.diffstream.service.DueTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * How sure champions are of their answers, of tasks that give each text one label. A task takes a
 * few hundred bytes, whatever it is asked. What a process counted ends with it.
 *
 * <p>{@link #answered} is for every thread and takes no lock; the others belong to the follower's
 * thread.
 */
public final class Confidences {
  /** Not more than one word of a task in so long. */
  static final Duration INTERVAL = Duration.ofMinutes(1);

  private final InstantSource clock;
  private final Map<String, Counted> champions = new ConcurrentHashMap<>();
  private Instant nextTelling = Instant.MIN;

  /** A champion, and what it has answered. */
  private static final class Counted {
    private final String digest;
    private final AtomicReference<ConfidenceWindows> windows =
        new AtomicReference<>(ConfidenceWindows.EMPTY);
    private long told;

    Counted(String digest) {
      this.digest = digest;
    }

    ConfidenceWindows now() {
      return Objects.requireNonNull(windows.get());
    }

    void add(Moments answers) {
      ConfidenceWindows before;
      do {
        before = now();
      } while (!windows.compareAndSet(before, before.plus(answers)));
    }
  }

  /** What a gateway has to say of a task's champion. */
  public record Told(String task, String digest, Confidence confidence) {}

  public Confidences(InstantSource clock) {
    this.clock = clock;
  }

  /** The champion of a task from now on, which may be the same as before. */
  public void serves(String task, String digest) {
    Counted now = champions.get(task);
    if (now == null || !now.digest.equals(digest)) {
      champions.put(task, new Counted(digest));
    }
  }

  /** The task has no champion. */
  public void forget(String task) {
    champions.remove(task);
  }

  /** A request was answered; nothing is counted of what is no champion. */
  public void answered(String task, String digest, Moments answers) {
    if (answers.count() == 0) {
      return;
    }
    Counted champion = champions.get(task);
    if (champion != null && champion.digest.equals(digest)) {
      champion.add(answers);
    }
  }

  /**
   * What has changed since it was last asked for; empty where that was not long ago. A champion has
   * something to say whenever another bucket of its answers is full.
   */
  public List<Told> changed() {
    Instant now = clock.instant();
    if (!DueTime.isPast(nextTelling, INTERVAL, now)) {
      return List.of();
    }
    nextTelling = now.plus(INTERVAL);
    List<Told> changed = new ArrayList<>();
    champions.forEach(
        (task, champion) -> {
          ConfidenceWindows windows = champion.now();
          if (windows.filled() > champion.told) {
            champion.told = windows.filled();
            changed.add(new Told(task, champion.digest, windows.told()));
          }
        });
    return changed;
  }
}
