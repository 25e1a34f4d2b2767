package dev.diffstream.registry;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.service.Backoff;
import dev.diffstream.service.OwnerThread;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registrar's thread: recovers, then steps until it is stopped. A failure that may pass is
 * tried again, at first after a tenth of a second, at last every ten; nothing is skipped for it. An
 * Error ends the process.
 */
final class RegistrarLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RegistrarLoop.class);
  private static final Duration WAIT = Duration.ofMillis(50);

  /** A step may verify every diff of a poll. */
  private static final Duration MAX_STEP = Duration.ofMinutes(15);

  private final Supplier<Registrar> connect;
  private volatile @Nullable Registrar registrar;
  private boolean recovered;
  private final RegistryCounters counters;
  private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10));
  private final OwnerThread thread;

  /**
   * @param connect makes the registrar; it may fail and is then tried again
   */
  RegistrarLoop(Supplier<Registrar> connect, RegistryCounters counters) {
    this.connect = connect;
    this.counters = counters;
    this.thread = new OwnerThread("registrar", this::step, this::disconnect);
  }

  void start() {
    thread.start();
  }

  boolean makesProgress() {
    return thread.progressedWithin(MAX_STEP);
  }

  /** The newest image; empty until the topics can be followed. */
  RegistryImage image() {
    Registrar connected = registrar;
    return connected == null ? RegistryImage.EMPTY : connected.image();
  }

  private void step() {
    try {
      Registrar connected = registrar;
      if (connected == null) {
        registrar = connect.get();
      } else if (recovered) {
        connected.step(WAIT);
      } else {
        recovered = connected.recover(WAIT);
      }
      backoff.reset();
    } catch (RuntimeException e) {
      counters.retries().increment();
      logFailure(e);
      thread.pause(backoff.next());
    }
  }

  private void disconnect() {
    Registrar connected = registrar;
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

  /** Lets the step that is running finish. */
  @Override
  public void close() {
    thread.close();
  }
}
