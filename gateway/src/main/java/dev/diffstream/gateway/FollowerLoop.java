package dev.diffstream.gateway;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The follower's thread: steps until it is stopped, with pauses after failures. */
final class FollowerLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FollowerLoop.class);
  private static final Duration WAIT = Duration.ofMillis(100);
  private static final Duration LONGEST_STOP = Duration.ofSeconds(20);

  private final AnnouncementFollower follower;
  private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10));
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "announcements");

  FollowerLoop(AnnouncementFollower follower) {
    this.follower = follower;
  }

  void start() {
    thread.start();
  }

  boolean alive() {
    return thread.isAlive();
  }

  private void run() {
    while (stopping.getCount() > 0) {
      try {
        follower.step(WAIT);
        backoff.reset();
      } catch (RuntimeException e) {
        LOG.warn("will try again", e);
        await(backoff.next());
      }
    }
    follower.close();
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
