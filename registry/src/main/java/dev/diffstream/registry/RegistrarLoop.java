package dev.diffstream.registry;

import dev.diffstream.schemas.DiffstreamException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registrar's thread: recovers, then steps until it is stopped. A failure that may pass is
 * tried again, at first after a tenth of a second, at last every ten; nothing is skipped for it.
 */
final class RegistrarLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RegistrarLoop.class);
  private static final Duration WAIT = Duration.ofMillis(50);
  private static final Duration LONGEST_STOP = Duration.ofSeconds(20);

  private final Supplier<Registrar> connect;
  private volatile @Nullable Registrar registrar;
  private final RegistryCounters counters;
  private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10));
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;

  /**
   * @param connect makes the registrar; it may fail and is then tried again
   */
  RegistrarLoop(Supplier<Registrar> connect, RegistryCounters counters) {
    this.connect = connect;
    this.counters = counters;
    this.thread = new Thread(this::run, "registrar");
  }

  void start() {
    thread.start();
  }

  boolean alive() {
    return thread.isAlive();
  }

  /** The newest image; empty until the topics can be followed. */
  RegistryImage image() {
    Registrar connected = registrar;
    return connected == null ? RegistryImage.EMPTY : connected.image();
  }

  private void run() {
    @Nullable Registrar connected = null;
    boolean recovered = false;
    while (stopping.getCount() > 0) {
      try {
        if (connected == null) {
          connected = connect.get();
          registrar = connected;
        } else if (recovered) {
          connected.step(WAIT);
        } else {
          recovered = connected.recover(WAIT);
        }
        backoff.reset();
      } catch (RuntimeException e) {
        counters.retries().increment();
        logFailure(e);
        await(backoff.next());
      }
    }
    if (connected != null) {
      connected.close();
    }
  }

  private static void logFailure(RuntimeException e) {
    if (e instanceof DiffstreamException) {
      LOG.warn("will try again: {}", e.getMessage());
    } else {
      LOG.error("will try again", e);
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
        LOG.warn("the registrar did not stop within {}", LONGEST_STOP);
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
