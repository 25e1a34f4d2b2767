package dev.diffstream.cli;

import dev.diffstream.cli.access.ApiKeysCommand;
import dev.diffstream.cli.correction.CorrectCommand;
import dev.diffstream.cli.correction.RetrainingsCommand;
import dev.diffstream.cli.correction.RulesCommand;
import dev.diffstream.cli.diff.DiffCommand;
import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.cli.move.CanaryCommand;
import dev.diffstream.cli.move.DeleteCommand;
import dev.diffstream.cli.move.MovesCommand;
import dev.diffstream.cli.move.PromoteCommand;
import dev.diffstream.cli.move.RollbackCommand;
import dev.diffstream.cli.move.VersionsCommand;
import dev.diffstream.cli.move.WithdrawCommand;
import dev.diffstream.cli.option.WrongUse;
import dev.diffstream.cli.run.CancelCommand;
import dev.diffstream.cli.run.DeadLettersCommand;
import dev.diffstream.cli.run.PauseCommand;
import dev.diffstream.cli.run.ReplayCommand;
import dev.diffstream.cli.run.ResumeCommand;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FileFault;
import dev.diffstream.settings.BadSettingException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code diffstream} command: its subcommands, and nothing else. */
@Command(
    name = "diffstream",
    description = "Turns a stream of task events into served models.",
    mixinStandardHelpOptions = true,
    version = "diffstream 0.1.0",
    subcommands = {
      DemoCommand.class,
      StandaloneCommand.class,
      SubmitCommand.class,
      WatchCommand.class,
      PredictCommand.class,
      ScoreCommand.class,
      TasksCommand.class,
      RunsCommand.class,
      CancelCommand.class,
      PauseCommand.class,
      ResumeCommand.class,
      DeadLettersCommand.class,
      ReplayCommand.class,
      CorrectCommand.class,
      RulesCommand.class,
      RetrainingsCommand.class,
      GatewaysCommand.class,
      VersionsCommand.class,
      LineageCommand.class,
      MovesCommand.class,
      PromoteCommand.class,
      RollbackCommand.class,
      CanaryCommand.class,
      WithdrawCommand.class,
      DeleteCommand.class,
      InitCommand.class,
      EnvironmentCommand.class,
      KeysCommand.class,
      ApiKeysCommand.class,
      DiffCommand.class,
      RegistryCommand.class,
      BenchCommand.class,
      SimulateCommand.class
    })
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The command as a person called it, for hints of what to call next. */
  static String calledAs() {
    return System.getProperty("diffstream.command", "diffstream");
  }

  public static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setParameterExceptionHandler(new WrongUse())
        .setExecutionExceptionHandler(
            (exception, commandLine, parsed) -> {
              if (exception instanceof DiffstreamException
                  || exception instanceof BadSettingException
                  || exception instanceof IllegalStateException) {
                commandLine
                    .getErr()
                    .println(ForeignText.lines(String.valueOf(exception.getMessage())));
              } else {
                FileFault.in(exception)
                    .ifPresentOrElse(
                        fault -> commandLine.getErr().println(ForeignText.lines(fault)),
                        () -> exception.printStackTrace(commandLine.getErr()));
              }
              return exception instanceof DiffstreamException failure
                      && failure.code() == ErrorCode.INVALID_REQUEST
                  ? commandLine.getCommandSpec().exitCodeOnInvalidInput()
                  : 1;
            });
  }
}
