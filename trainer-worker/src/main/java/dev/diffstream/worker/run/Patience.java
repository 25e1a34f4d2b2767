package dev.diffstream.worker.run;

import dev.diffstream.schemas.DiffstreamException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks again while a store or broker is away: what was learned in minutes must not be lost to an
 * outage of seconds. The task's lock is renewed meanwhile by the queue. Only retryable codes are
 * asked again; after {@code longest} the last failure is thrown.
 */
public final class Patience {
  private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
  private static final Duration FIRST = Duration.ofMillis(200);
  private static final Duration MOST = Duration.ofSeconds(10);

  private final Duration longest;
  private final CountDownLatch stopped;

  /**
   * @param stopped ends every wait when it is counted down: the worker is stopping
   */
  public Patience(Duration longest, CountDownLatch stopped) {
    this.longest = longest;
    this.stopped = stopped;
  }

  public void run(String what, Runnable call) {
    get(
        what,
        () -> {
          call.run();
          return true;
        });
  }

  public <T> T get(String what, Supplier<T> call) {
    long deadline = System.nanoTime() + longest.toNanos();
    Duration wait = FIRST;
    while (true) {
      try {
        return call.get();
      } catch (DiffstreamException e) {
        if (!e.code().retryable()
            || System.nanoTime() + wait.toNanos() > deadline
            || !sleep(wait)) {
          throw e;
        }
        LOG.warn("{} failed and is tried again: {}", what, e.getMessage());
        wait = wait.multipliedBy(2).compareTo(MOST) < 0 ? wait.multipliedBy(2) : MOST;
      }
    }
  }

  /**
   * @throws IllegalStateException if the worker is stopping
   */
  void checkRunning() {
    if (stopped.getCount() == 0) {
      throw new IllegalStateException("the worker is stopping");
    }
  }

  /** False when the worker is stopping. */
  private boolean sleep(Duration wait) {
    try {
      return !stopped.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
