package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.service.Backoff;
import dev.diffstream.service.OwnerThread;
import dev.diffstream.service.Quarantine;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The follower's thread: steps until it is stopped, with pauses after failures. An Error ends the
 * process.
 *
 * <p>{@link #step} and {@link #disconnect} belong to one thread: the loop's own once it was
 * started, or that of whoever steps it.
 */
public final class FollowerLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FollowerLoop.class);
  private static final Duration WAIT = Duration.ofMillis(100);

  /** Loading goes on elsewhere; what a step waits for is the broker. */
  private static final Duration MAX_STEP = Duration.ofMinutes(10);

  private final Supplier<AnnouncementFollower> connect;
  private final Quarantine nothing = AnnouncementFollower.newQuarantine(InstantSource.system());
  private volatile @Nullable AnnouncementFollower follower;
  private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10));
  private final OwnerThread thread = new OwnerThread("announcements", this::turn, this::disconnect);

  /**
   * @param connect makes the follower; it may fail and is then tried again
   */
  public FollowerLoop(Supplier<AnnouncementFollower> connect) {
    this.connect = connect;
  }

  public void start() {
    thread.start();
  }

  public boolean makesProgress() {
    return thread.progressedWithin(MAX_STEP);
  }

  /** The newest catalog; empty until the announcements can be followed. */
  public ServingCatalog catalog() {
    AnnouncementFollower connected = follower;
    return connected == null ? ServingCatalog.EMPTY : connected.catalog();
  }

  /** Whose a task is; null: nobody's, or not announced. */
  public @Nullable String owner(String task) {
    AnnouncementFollower connected = follower;
    return connected == null ? null : connected.owners().of(task);
  }

  /** What could not be read or loaded; empty until the announcements can be followed. */
  public Quarantine quarantine() {
    AnnouncementFollower connected = follower;
    return connected == null ? nothing : connected.quarantine();
  }

  private void turn() {
    thread.pause(step(WAIT));
  }

  /**
   * Connects, or follows on and loads what is due.
   *
   * @param wait how long to wait when there is nothing to do
   * @return the pause to make before the next step
   */
  public Duration step(Duration wait) {
    try {
      AnnouncementFollower connected = follower;
      if (connected == null) {
        connected = connect.get();
        follower = connected;
      }
      connected.step(wait);
      backoff.reset();
      return Duration.ZERO;
    } catch (DiffstreamException e) {
      LOG.warn("following the announcements failed, trying again: {}", e.getMessage());
      return backoff.next();
    } catch (RuntimeException e) {
      LOG.error("following the announcements failed, trying again", e);
      return backoff.next();
    }
  }

  /** Says farewell and stops following. */
  public void disconnect() {
    AnnouncementFollower connected = follower;
    if (connected != null) {
      connected.close();
    }
  }

  /** Lets the step that is running finish. */
  @Override
  public void close() {
    thread.close();
  }
}
