package dev.diffstream.registry;

import dev.diffstream.registry.announce.AuditEntry;
import dev.diffstream.registry.catalog.RegistrySnapshot;
import dev.diffstream.registry.fleet.Fleet;
import dev.diffstream.registry.runs.ProgressHistory;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.run.RunControl;
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
 * The registrar's thread: recovers, then steps until it is stopped. A failure that may pass is
 * tried again, at first after a tenth of a second, at last every ten. Anything else that a step
 * throws ends the process.
 *
 * <p>{@link #step} and {@link #disconnect} belong to one thread: the loop's own once it was
 * started, or that of whoever steps it.
 */
public final class RegistrarLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RegistrarLoop.class);
  private static final Duration WAIT = Duration.ofMillis(50);

  /** A step may verify every diff of a poll. */
  private static final Duration MAX_STEP = Duration.ofMinutes(15);

  private static final Quarantine NOTHING = new Quarantine(InstantSource.system(), WAIT, WAIT);

  private final Supplier<Registrar> connect;
  private volatile @Nullable Registrar registrar;
  private boolean recovered;
  private final RegistryCounters counters;
  private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10));
  private final OwnerThread thread;

  /**
   * @param connect makes the registrar; it may fail and is then tried again
   */
  public RegistrarLoop(Supplier<Registrar> connect, RegistryCounters counters) {
    this.connect = connect;
    this.counters = counters;
    this.thread = new OwnerThread("registrar", this::turn, this::disconnect);
  }

  void start() {
    thread.start();
  }

  boolean makesProgress() {
    return thread.progressedWithin(MAX_STEP);
  }

  /** The newest snapshot; empty until the topics can be followed. */
  public RegistrySnapshot snapshot() {
    Registrar connected = registrar;
    return connected == null ? RegistrySnapshot.EMPTY : connected.snapshot();
  }

  /**
   * To be called, by any thread, after a generation was made elsewhere in this process; a registrar
   * that is not connected yet finds it in the bucket.
   */
  public void moved(AliasGeneration generation) {
    Registrar connected = registrar;
    if (connected != null) {
      connected.moved(generation);
    }
  }

  /** To be called, by any thread, after somebody met a newer generation than they knew. */
  public void overtaken(TaskId task) {
    Registrar connected = registrar;
    if (connected != null) {
      connected.overtaken(task);
    }
  }

  /**
   * To be called, by any thread, after somebody asked something of a run; a registrar that is not
   * connected yet finds it in the bucket.
   */
  public void asked(RunControl control) {
    Registrar connected = registrar;
    if (connected != null) {
      connected.asked(control);
    }
  }

  /**
   * To be called, by any thread, after somebody has changed something of a task. What is told to a
   * registrar that is not connected yet is kept by nobody: the object that was written is the
   * truth.
   */
  public void done(AuditEntry entry) {
    Registrar connected = registrar;
    if (connected != null) {
      connected.done(entry);
    }
  }

  /** How the runs went; nothing until the topics can be followed. */
  public ProgressHistory progress() {
    Registrar connected = registrar;
    return connected == null ? new ProgressHistory() : connected.progress();
  }

  /** The gateways by their words; none until the topics can be followed. */
  public Fleet fleet() {
    Registrar connected = registrar;
    return connected == null ? new Fleet() : connected.fleet();
  }

  /** What could not be read or settled; empty until the topics can be followed. */
  public Quarantine quarantine() {
    Registrar connected = registrar;
    return connected == null ? NOTHING : connected.quarantine();
  }

  private void turn() {
    thread.pause(step());
  }

  /**
   * Connects, recovers, or settles what has come.
   *
   * @return the pause to make before the next step
   */
  public Duration step() {
    try {
      Registrar connected = registrar;
      if (connected == null) {
        registrar = connect.get();
      } else if (recovered) {
        connected.step(WAIT);
        if (connected.mustBeginAnew()) {
          beginAnew(connected);
        }
      } else {
        recovered = connected.recover(WAIT);
      }
      backoff.reset();
      return Duration.ZERO;
    } catch (DiffstreamException e) { // no single record: broker or bucket do not answer at all
      counters.retries().increment();
      LOG.warn("broker or bucket failed, trying again: {}", e.getMessage());
      return backoff.next();
    }
  }

  private void beginAnew(Registrar connected) {
    connected.removeSnapshots();
    recovered = false;
    registrar = null;
    connected.close();
  }

  /** Stops following. */
  public void disconnect() {
    Registrar connected = registrar;
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
