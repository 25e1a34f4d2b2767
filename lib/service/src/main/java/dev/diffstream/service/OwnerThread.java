package dev.diffstream.service;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that owns a service's state: it runs a step again and again until it is stopped. A
 * step handles what it can recover from. Whatever it throws is a fault of the program or of the
 * machine, after which nothing can be said of the state: the thread gives back what it holds, logs
 * the fault and ends the process, so that a supervisor starts a fresh one.
 *
 * <p>A thread that exists may still hang. {@link #progressedWithin} tells by the time of the last
 * completed step.
 */
public final class OwnerThread implements AutoCloseable {
  /** Exit status after a fault: EX_SOFTWARE of sysexits.h. */
  public static final int FAULT_STATUS = 70;

  private static final Logger LOG = LoggerFactory.getLogger(OwnerThread.class);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(8);

  private final Runnable step;
  private final Runnable giveBack;
  private final LongSupplier nanoTime;
  private final IntConsumer exit;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;
  private volatile long lastProgress;

  /** A thread of this process, which a fault ends. */
  public OwnerThread(String name, Runnable step, Runnable giveBack) {
    this(name, step, giveBack, System::nanoTime, OwnerThread::exitProcess);
  }

  /**
   * @param step one turn; it returns when there is nothing to do for a while
   * @param giveBack gives up what the thread holds, in order or after a fault; the thread's last
   *     act
   * @param exit takes the status after a fault
   */
  public OwnerThread(
      String name, Runnable step, Runnable giveBack, LongSupplier nanoTime, IntConsumer exit) {
    this.step = step;
    this.giveBack = giveBack;
    this.nanoTime = nanoTime;
    this.exit = exit;
    this.thread = Thread.ofPlatform().name(name).unstarted(this::run);
    this.lastProgress = nanoTime.getAsLong();
  }

  public void start() {
    beat();
    thread.start();
  }

  /** Notes progress within a long step. From the thread itself. */
  public void beat() {
    lastProgress = nanoTime.getAsLong();
  }

  /**
   * Whether the thread runs and has completed a step, or noted progress, within {@code bound}. From
   * any thread.
   */
  public boolean progressedWithin(Duration bound) {
    return thread.isAlive() && nanoTime.getAsLong() - lastProgress <= bound.toNanos();
  }

  public boolean isStopping() {
    return stopping.getCount() == 0;
  }

  /** Waits, or until the thread is to stop. From the thread itself, or one that works for it. */
  public void pause(Duration pause) {
    try {
      if (stopping.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.debug("{} is stopping", thread.getName());
      }
    } catch (InterruptedException e) {
      stopping.countDown();
    }
  }

  @SuppressWarnings("CatchAndPrintStackTrace")
  private void run() {
    boolean faulty = false;
    try {
      while (!isStopping()) {
        step.run();
        beat();
      }
    } catch (Throwable fault) { // also what is no Exception: it must not end the thread unseen
      faulty = true;
      logFault("a fault ended thread " + thread.getName() + ", and ends the process", fault);
    }
    try {
      giveBack.run();
    } catch (Throwable fault) {
      logFault("thread " + thread.getName() + " could not give back what it held", fault);
    }
    if (faulty) {
      exit.accept(FAULT_STATUS);
    }
  }

  /** Logging may fail too, where memory has run out. */
  private static void logFault(String what, Throwable fault) {
    try {
      LOG.error(what, fault);
    } catch (Throwable unlogged) {
      System.err.println(what);
    }
  }

  /** On a thread of its own: the hooks that run at exit wait for this one to end. */
  private static void exitProcess(int status) {
    try {
      Thread.ofPlatform().name("exit").start(() -> System.exit(status));
    } catch (Throwable noThread) {
      Runtime.getRuntime().halt(status);
    }
  }

  /** Lets the step that is running finish, for some seconds. */
  @Override
  public void close() {
    stopping.countDown();
    if (thread.getState() == Thread.State.NEW) {
      return;
    }
    try {
      if (!thread.join(STOP_TIMEOUT)) {
        LOG.warn("{} did not stop within {}", thread.getName(), STOP_TIMEOUT);
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
