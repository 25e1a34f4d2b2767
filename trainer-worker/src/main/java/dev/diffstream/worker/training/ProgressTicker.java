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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends how far a run is: at every change of phase and every second. Sending happens on a thread of
 * its own, so that a slow broker never holds up the learning; a progress event that cannot be sent
 * is dropped, since the next one says more.
 */
final class ProgressTicker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProgressTicker.class);

  private final Run run;
  private final EventSender sender;
  private final String worker;
  private final String device;
  private final long startNanos = System.nanoTime();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("run-progress").factory());
  private volatile @Nullable RunProgressed newest;

  ProgressTicker(Run run, EventSender sender, RunEnvironment environment) {
    this.run = run;
    this.worker = environment.workerId();
    this.device = environment.device();
    this.sender = sender;
    Runnable tick = Context.current().wrap(this::tick);
    thread.scheduleAtFixedRate(tick, 1, 1, TimeUnit.SECONDS);
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
            .secondsLeft(left)
            .share(share)
            .build();
    if (before == null || before.phase() != phase) {
      thread.execute(Context.current().wrap(this::tick));
    }
  }

  private void tick() {
    RunProgressed progress = newest;
    if (progress == null) {
      return;
    }
    try {
      sender.send(progress);
    } catch (RuntimeException e) {
      LOG.warn("progress of {} was not sent: {}", run.id(), e.getMessage());
    }
  }

  /** Sends nothing more; a send under way is finished. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
