package dev.diffstream.cli.run;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lets a paused run go on where it was, on any worker of its base. */
@Command(
    name = "resume",
    mixinStandardHelpOptions = true,
    description = {"Lets a paused run go on where it was, on any worker of its base."})
public final class ResumeCommand implements Callable<Integer> {
  @Mixin private RunAction action = new RunAction();

  @Override
  public Integer call() {
    return action.ask("resume", "goes on when its turn comes");
  }
}
