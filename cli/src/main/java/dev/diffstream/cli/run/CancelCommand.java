package dev.diffstream.cli.run;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Ends a run. A worker leaves it at its next step. */
@Command(
    name = "cancel",
    mixinStandardHelpOptions = true,
    description = {"Ends a run. A worker leaves it at its next step."})
public final class CancelCommand implements Callable<Integer> {
  @Mixin private RunAction action = new RunAction();

  @Override
  public Integer call() {
    return action.ask("cancel", "is to be cancelled");
  }
}
