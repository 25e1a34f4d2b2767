package dev.diffstream.cli.display;

import dev.diffstream.cli.client.RunWatch;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.GatewayFarewell;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Shows one run until its diff is served or the run has failed. */
public final class Served implements AutoCloseable, RunWatch.Listener {
  private final RunWatch watch;
  private final TaskId task;
  private final RunFacts facts;
  private final String watchHint;
  private final ProgressBoard board =
      new ProgressBoard(System.out, System.console() != null && System.console().isTerminal());
  private final Map<String, GatewayResidency> residencyByDigest = new HashMap<>();
  private @Nullable String runId;
  private @Nullable String digest;
  private @Nullable String provisional;
  private @Nullable Boolean outcome;

  /**
   * Follows from here on; make it before the event is sent.
   *
   * @param watchHint how to watch the run from another terminal
   */
  public Served(EventLog log, TaskId task, RunFacts facts, String watchHint) {
    this.facts = facts;
    this.watchHint = watchHint;
    this.watch = new RunWatch(log);
    this.task = task;
  }

  /** True when a gateway serves what the run published. */
  public boolean await(String ofRun) {
    runId = ofRun;
    Thread interrupted = new Thread(() -> System.out.println(goesOn(ofRun)), "run-goes-on");
    Runtime.getRuntime().addShutdownHook(interrupted);
    boolean served = awaitOutcome();
    if (removed(interrupted)) {
      facts.printWarnings(System.out, ofRun);
    }
    return served;
  }

  private String goesOn(String ofRun) {
    return "run " + ofRun + " goes on; " + watchHint;
  }

  /** False when this JVM is already stopping. */
  private static boolean removed(Thread hook) {
    try {
      return Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException stopping) {
      return false;
    }
  }

  private boolean awaitOutcome() {
    while (outcome == null) {
      watch.poll(Duration.ofMillis(200), this);
      tellProvisional();
      GatewayResidency residency = digest == null ? null : residencyByDigest.get(digest);
      if (residency != null) {
        outcome = residency.state() == GatewayResidency.State.LOADED;
        System.out.println(
            outcome
                ? "served: version "
                    + residency.version()
                    + ", diff "
                    + digest
                    + ", by gateway "
                    + residency.gatewayId()
                : "gateway "
                    + residency.gatewayId()
                    + " refused it: "
                    + residency.errorCode()
                    + ": "
                    + residency.message());
      }
    }
    return outcome;
  }

  /** Says once that the task has an answer already. */
  private void tellProvisional() {
    GatewayResidency residency = provisional == null ? null : residencyByDigest.get(provisional);
    if (residency != null && residency.state() == GatewayResidency.State.LOADED) {
      System.out.println(
          "provisional: a head alone answers until the run has published, diff "
              + provisional
              + ", by gateway "
              + residency.gatewayId());
      provisional = null;
    }
  }

  @Override
  public void progressed(RunProgressed progress) {
    if (progress.runId().equals(runId)) {
      board.progress(progress);
    }
  }

  @Override
  public void failed(RunFailed failure) {
    if (failure.runId().equals(runId)) {
      System.out.println(failure.errorCode() + ": " + failure.message());
      System.out.println("report: " + failure.report());
      outcome = false;
    }
  }

  @Override
  public void published(DiffPublished published) {
    if (published.runId().equals(runId) && published.claimsVersion()) {
      digest = published.digest();
    } else if (published.runId().equals(runId)) {
      provisional = published.digest();
    }
  }

  /** Residency follows, unless a person is to decide first. */
  @Override
  public void announced(VersionAnnounced announced) {
    AliasTarget candidate = announced.aliases().get(AliasGeneration.CANDIDATE);
    boolean proposed = announced.move() != null && announced.move().kind().equals(Move.PROPOSE);
    if (proposed && candidate != null && candidate.digest().equals(digest)) {
      System.out.printf(
          "version %d waits for approval: diffstream promote %s %1$d%n",
          candidate.version(), task.value());
      outcome = true;
    }
  }

  @Override
  public void resident(GatewayResidency residency) {
    GatewayResidency.Candidate candidate = residency.candidate();
    if (candidate != null && candidate.errorCode() != null && candidate.digest().equals(digest)) {
      System.out.println(EventText.of(residency));
      outcome = false;
    }
    if (residency.taskId().equals(task.value()) && residency.digest() != null) {
      residencyByDigest.put(residency.digest(), residency);
    }
  }

  @Override
  public void stopped(GatewayFarewell farewell) {
    residencyByDigest
        .values()
        .removeIf(
            residency ->
                residency.gatewayId().equals(farewell.gatewayId())
                    && residency.incarnation().equals(farewell.incarnation()));
  }

  @Override
  public void close() {
    watch.close();
  }
}
