package dev.diffstream.gateway;

import dev.diffstream.schemas.DiffstreamException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The follower's thread: steps until it is stopped, with pauses after failures. */
final class FollowerLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FollowerLoop.class);
  private static final Duration WAIT = Duration.ofMillis(100);
  private static final Duration LONGEST_STOP = Duration.ofSeconds(20);

  private final Supplier<AnnouncementFollower> connect;
  private volatile @Nullable AnnouncementFollower follower;
  private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10));
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "announcements");

  /**
   * @param connect makes the follower; it may fail and is then tried again
   */
  FollowerLoop(Supplier<AnnouncementFollower> connect) {
    this.connect = connect;
  }

  void start() {
    thread.start();
  }

  boolean alive() {
    return thread.isAlive();
  }

  /** The newest image; empty until the announcements can be followed. */
  ServingImage image() {
    AnnouncementFollower connected = follower;
    return connected == null ? ServingImage.EMPTY : connected.image();
  }

  private void run() {
    @Nullable AnnouncementFollower connected = null;
    while (stopping.getCount() > 0) {
      try {
        if (connected == null) {
          connected = connect.get();
          follower = connected;
        }
        connected.step(WAIT);
        backoff.reset();
      } catch (DiffstreamException e) {
        LOG.warn("will try again: {}", e.getMessage());
        await(backoff.next());
      } catch (RuntimeException e) {
        LOG.error("will try again", e);
        await(backoff.next());
      }
    }
    if (connected != null) {
      connected.close();
    }
  }

  private void await(Duration pause) {
    try {
      stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      stopping.countDown();
      Thread.currentThread().interrupt();
    }
  }

  /** Lets the step that is running finish. */
  @Override
  public void close() {
    stopping.countDown();
    try {
      if (!thread.join(LONGEST_STOP)) {
        LOG.warn("the follower did not stop within {}", LONGEST_STOP);
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
