package dev.diffstream.benchmarks;

import dev.diffstream.benchmarks.memory.MemoryCommand;
import dev.diffstream.benchmarks.steps.StepCommands;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FileFault;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The benchmarks, each a command; {@code diffstream bench} starts them. */
@Command(
    name = "diffstream bench",
    description = "Measures the learning methods and the diff files.",
    mixinStandardHelpOptions = true,
    subcommands = {
      LearnCommand.class,
      ChartCommand.class,
      DiffCommand.class,
      MemoryCommand.class,
      MixedCommand.class,
      SwitchCommand.class,
      StepCommands.Times.class,
      StepCommands.Memory.class,
      StepCommands.Server.class
    })
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setParameterExceptionHandler(
            (exception, arguments) -> {
              CommandLine command = exception.getCommandLine();
              command.getErr().println(ErrorCode.INVALID_REQUEST + ": " + exception.getMessage());
              return command.getCommandSpec().exitCodeOnInvalidInput();
            })
        .setExecutionExceptionHandler(
            (exception, commandLine, parsed) -> {
              if (exception instanceof DiffstreamException) {
                commandLine.getErr().println(exception.getMessage());
              } else {
                FileFault.in(exception)
                    .ifPresentOrElse(
                        commandLine.getErr()::println,
                        () -> exception.printStackTrace(commandLine.getErr()));
              }
              return exception instanceof DiffstreamException failure
                      && failure.code() == ErrorCode.INVALID_REQUEST
                  ? commandLine.getCommandSpec().exitCodeOnInvalidInput()
                  : 1;
            });
  }
}
