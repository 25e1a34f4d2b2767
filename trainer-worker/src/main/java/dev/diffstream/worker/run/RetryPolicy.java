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
 */
public record RetryPolicy(Duration timeout, Waiting waiting) {
  private static final Logger LOG = LoggerFactory.getLogger(RetryPolicy.class);
  private static final Duration FIRST_WAIT = Duration.ofMillis(200);
  private static final Duration MAX_WAIT = Duration.ofSeconds(10);

  /** How time passes between two tries. */
  public interface Waiting {
    /** As {@link System#nanoTime()}. */
    long nanoTime();

    /** Waits; returns at once if the worker is stopping. */
    void pause(Duration duration);

    /** Whether the worker is stopping: nothing is tried again then. */
    boolean isStopping();
  }

  /**
   * Waits in real time.
   *
   * @param stopped ends every wait when it is counted down: the worker is stopping
   */
  public RetryPolicy(Duration timeout, CountDownLatch stopped) {
    this(timeout, new RealTime(stopped));
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
    long deadline = waiting.nanoTime() + timeout.toNanos();
    Duration wait = FIRST_WAIT;
    while (true) {
      try {
        return call.get();
      } catch (DiffstreamException e) {
        if (!e.code().retryable()
            || waiting.nanoTime() + wait.toNanos() - deadline > 0
            || isStoppingAfter(wait)) {
          throw e;
        }
        LOG.warn("{} failed and is tried again: {}", what, e.getMessage());
        wait = wait.multipliedBy(2).compareTo(MAX_WAIT) < 0 ? wait.multipliedBy(2) : MAX_WAIT;
      }
    }
  }

  /** Whether the worker is stopping. */
  public boolean isStopping() {
    return waiting.isStopping();
  }

  private boolean isStoppingAfter(Duration wait) {
    waiting.pause(wait);
    return waiting.isStopping();
  }

  private record RealTime(CountDownLatch stopped) implements Waiting {
    @Override
    public long nanoTime() {
      return System.nanoTime();
    }

    @Override
    @SuppressWarnings("ResultOfMethodCallIgnored") // isStopping tells
    public void pause(Duration duration) {
      try {
        stopped.await(duration.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public boolean isStopping() {
      return stopped.getCount() == 0 || Thread.currentThread().isInterrupted();
    }
  }
}
