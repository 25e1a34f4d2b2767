package dev.diffstream.cli;

import dev.diffstream.cli.option.ConnectionOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints what a service by hand needs to join a deployment. */
@Command(
    name = "environment",
    mixinStandardHelpOptions = true,
    description = {
      "Prints the connection of a deployment as environment variables for a shell, with the keys for signatures and the secret of the store:",
      "eval \"$(diffstream environment)\" lets a worker or gateway by hand join the deployment."
    })
final class EnvironmentCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Override
  public Integer call() {
    options
        .connection()
        .environment()
        .forEach((name, value) -> System.out.println("export " + name + "=" + quoted(value)));
    return 0;
  }

  /** One word of a POSIX shell, whatever it holds. */
  static String quoted(String value) {
    return "'" + value.replace("'", "'\\''") + "'";
  }
}
