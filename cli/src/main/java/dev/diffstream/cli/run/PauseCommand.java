package dev.diffstream.cli.run;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Pauses a run: a worker keeps what it has learned, and leaves it at its next step. */
@Command(
    name = "pause",
    mixinStandardHelpOptions = true,
    description = {
      "Pauses a run: a worker keeps what it has learned, and leaves it at its next step.",
      "A queued run is held back."
    })
public final class PauseCommand implements Callable<Integer> {
  @Mixin private RunAction action = new RunAction();

  @Override
  public Integer call() {
    return action.ask("pause", "is to be paused");
  }
}
