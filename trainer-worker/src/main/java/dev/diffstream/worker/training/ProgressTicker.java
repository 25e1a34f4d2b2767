package dev.diffstream.worker.training;

import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.event.RunProgressedBuilder;
import dev.diffstream.worker.run.EventSender;
import dev.diffstream.worker.run.Run;
import dev.diffstream.worker.run.RunEnvironment;
import io.opentelemetry.context.Context;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends how far a run is, at every change of phase and every second, and looks every second at what
 * somebody asked of it. Both happen on threads of their own, so that a slow broker or store never
 * holds up the learning; a progress event that cannot be sent is dropped, since the next one says
 * more.
 */
final class ProgressTicker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProgressTicker.class);

  private final Run run;
  private final EventSender sender;
  private final String worker;
  private final String device;
  private final long startNanos = System.nanoTime();
  private final ScheduledExecutorService threads =
      Executors.newScheduledThreadPool(
          2, Thread.ofPlatform().daemon().name("run-progress-", 1).factory());
  private final Lock sending = new ReentrantLock();
  private volatile @Nullable RunProgressed newest;

  /** Both belong to the learning thread. */
  private @Nullable Double openGates;

  private @Nullable Double devScore;

  ProgressTicker(Run run, EventSender sender, RunEnvironment environment) {
    this.run = run;
    this.worker = environment.workerId();
    this.device = environment.device();
    this.sender = sender;
    Runnable tick = Context.current().wrap(this::tick);
    threads.scheduleAtFixedRate(tick, 1, 1, TimeUnit.SECONDS);
    threads.scheduleWithFixedDelay(this::readControl, 1, 1, TimeUnit.SECONDS);
  }

  /** Stands in the progress of gates that is reported from now on. */
  void openGates(double share) {
    openGates = share;
  }

  /** Stands in all progress that is reported until the next one. */
  void devScore(double score) {
    devScore = Double.isFinite(score) ? score : null;
  }

  /**
   * @param share of the whole run that is done
   */
  void report(Phase phase, long step, long steps, double loss, double share) {
    RunProgressed before = newest;
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    Double left = share > 0.03 ? (Double) (seconds / share * (1 - share)) : null;
    newest =
        RunProgressedBuilder.builder()
            .runId(run.id())
            .taskId(run.task().taskId())
            .attempt(run.attempt())
            .worker(worker)
            .device(device)
            .phase(phase)
            .step(step)
            .steps(steps)
            .loss(Double.isFinite(loss) ? loss : null)
            .openGates(phase == Phase.LEARNING_MASK ? openGates : null)
            .devScore(devScore)
            .secondsLeft(left)
            .share(share)
            .admission(run.admission())
            .build();
    if (before == null || before.phase() != phase) {
      threads.execute(Context.current().wrap(this::tick));
    }
  }

  private void readControl() {
    try {
      run.guard().refresh();
    } catch (RuntimeException e) {
      LOG.warn("what was asked of {} was not read: {}", run.id(), e.getMessage());
    }
  }

  /** One at a time: of two threads, the one that read the older progress could send last. */
  private void tick() {
    sending.lock();
    try {
      RunProgressed progress = newest;
      if (progress != null) {
        sender.send(progress);
      }
    } catch (RuntimeException e) {
      LOG.warn("progress of {} was not sent: {}", run.id(), e.getMessage());
    } finally {
      sending.unlock();
    }
  }

  /** Sends nothing more; a send under way is finished. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
