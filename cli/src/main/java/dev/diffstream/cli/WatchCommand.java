package dev.diffstream.cli;

import dev.diffstream.cli.client.RunWatch;
import dev.diffstream.cli.display.EventText;
import dev.diffstream.cli.display.ProgressBoard;
import dev.diffstream.cli.display.RunFacts;
import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.GatewayFarewell;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.event.TaskRelatedEvent;
import dev.diffstream.schemas.event.VersionAnnounced;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what happens to tasks, as it happens. */
@Command(
    name = "watch",
    mixinStandardHelpOptions = true,
    description =
        "Shows progress, failures, versions and what gateways serve, as the events come. Ctrl-C ends it.")
final class WatchCommand implements Callable<Integer>, RunWatch.Listener {
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Parameters(paramLabel = "TASK", arity = "0..1", description = "Only this task.")
  private @Nullable String task;

  @Option(names = "--from-beginning", description = "Show what happened before, too.")
  private boolean fromBeginning;

  private final ProgressBoard board =
      new ProgressBoard(System.out, System.console() != null && System.console().isTerminal());
  private boolean live;

  @Override
  public Integer call() {
    try (EventLog log = options.connection().openLog();
        RunWatch watch = new RunWatch(log)) {
      live = fromBeginning;
      while (true) {
        boolean caughtUp = watch.caughtUp();
        watch.poll(Duration.ofMillis(500), this);
        if (caughtUp && !live) {
          live = true;
          System.out.println("watching" + (task == null ? "" : " " + task) + ", Ctrl-C ends it");
        }
      }
    }
  }

  private RunFacts facts() {
    return new RunFacts(options.connection().registryUrl());
  }

  private boolean shown(TaskRelatedEvent event) {
    return live && (task == null || task.equals(event.taskId()));
  }

  @Override
  public void progressed(RunProgressed progress) {
    if (shown(progress)) {
      board.progress(progress);
    }
  }

  @Override
  public void failed(RunFailed failure) {
    if (shown(failure)) {
      board.say(
          failure.taskId(),
          "failed: "
              + failure.errorCode()
              + ": "
              + failure.message()
              + " ("
              + failure.runId()
              + ")");
      facts().printWarnings(System.out, failure.runId());
    }
  }

  @Override
  public void published(DiffPublished published) {
    if (shown(published)) {
      board.say(
          published.taskId(),
          "published " + published.digest() + (published.claimsVersion() ? "" : " as provisional"));
    }
  }

  @Override
  public void announced(VersionAnnounced announced) {
    if (shown(announced)) {
      board.say(announced.taskId(), EventText.of(announced));
      if (announced.provisional() == null
          && announced.move() != null
          && announced.move().runId() != null) {
        facts().printWarnings(System.out, announced.move().runId());
      }
    }
  }

  @Override
  public void resident(GatewayResidency residency) {
    if (shown(residency)) {
      board.say(residency.taskId(), EventText.of(residency));
    }
  }

  @Override
  public void stopped(GatewayFarewell farewell) {
    if (live) {
      System.out.println(EventText.of(farewell));
    }
  }
}
