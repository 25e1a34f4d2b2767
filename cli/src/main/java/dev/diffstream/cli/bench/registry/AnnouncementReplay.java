package dev.diffstream.cli.bench.registry;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.VersionAnnounced;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Reads the announcements as a gateway that starts does, and goes on. Belongs to one thread. */
final class AnnouncementReplay implements AutoCloseable {
  private static final Duration WAIT = Duration.ofMillis(200);

  private final Follower follower;
  private final Map<String, Long> newest = new HashMap<>();
  private long records;

  AnnouncementReplay(EventLog log) {
    this.follower = log.follow(Topics.ANNOUNCEMENTS);
  }

  /**
   * To the end.
   *
   * @return records in a second
   */
  double run() {
    long began = System.nanoTime();
    while (!follower.caughtUp()) {
      poll();
    }
    return records / ((System.nanoTime() - began) / 1e9);
  }

  /** The newest generation of each task that was announced. */
  Map<String, Long> newest() {
    return newest;
  }

  /** Reads on until this generation has come; returns when that was, as nanoTime. */
  long await(String task, long generation, long deadline) {
    while (newest.getOrDefault(task, 0L) < generation) {
      poll();
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "generation " + generation + " of " + task + " was not announced");
      }
    }
    return System.nanoTime();
  }

  private void poll() {
    for (Received received : follower.poll(WAIT)) {
      VersionAnnounced announced =
          EventCodec.decode(received.headers(), received.value()).as(VersionAnnounced.class).data();
      newest.merge(announced.taskId(), announced.generation(), Math::max);
      records++;
    }
  }

  @Override
  public void close() {
    follower.close();
  }
}
