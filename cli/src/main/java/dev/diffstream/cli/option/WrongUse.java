package dev.diffstream.cli.option;

import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.schemas.ErrorCode;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Says what is wrong with a command's options, and where they are told; where a command is missing,
 * which there are.
 */
public final class WrongUse implements IParameterExceptionHandler {
  @Override
  public int handleParseException(ParameterException exception, String[] arguments) {
    CommandLine command = exception.getCommandLine();
    String message = String.valueOf(exception.getMessage());
    boolean unmatched = exception instanceof UnmatchedArgumentException;
    command.getErr().println(ErrorCode.INVALID_REQUEST + ": " + ForeignText.lines(message));
    if (!unmatched && !command.getSubcommands().isEmpty()) {
      command.usage(command.getErr());
    } else {
      UnmatchedArgumentException.printSuggestions(exception, command.getErr());
      command.getErr().println("see '" + command.getCommandSpec().qualifiedName() + " --help'");
    }
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }
}
