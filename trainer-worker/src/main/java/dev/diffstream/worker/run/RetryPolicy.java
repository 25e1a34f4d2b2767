package dev.diffstream.worker.run;

import dev.diffstream.schemas.DiffstreamException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries again while a store or broker is away: what was learned in minutes must not be lost to an
 * outage of seconds. The queue renews the event's lock meanwhile. Only retryable codes are tried
 * again; after {@code timeout} the last failure is thrown.
 *
 * @param stopped ends every wait when it is counted down: the worker is stopping
 */
public record RetryPolicy(Duration timeout, CountDownLatch stopped) {
  private static final Logger LOG = LoggerFactory.getLogger(RetryPolicy.class);
  private static final Duration FIRST_WAIT = Duration.ofMillis(200);
  private static final Duration MAX_WAIT = Duration.ofSeconds(10);

  public void run(String what, Runnable call) {
    get(
        what,
        () -> {
          call.run();
          return true;
        });
  }

  public <T> T get(String what, Supplier<T> call) {
    long deadline = System.nanoTime() + timeout.toNanos();
    Duration wait = FIRST_WAIT;
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
        wait = wait.multipliedBy(2).compareTo(MAX_WAIT) < 0 ? wait.multipliedBy(2) : MAX_WAIT;
      }
    }
  }

  boolean isStopping() {
    return stopped.getCount() == 0;
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
