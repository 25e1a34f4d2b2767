package dev.diffstream.cli.move;

import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Takes a task, or one of its versions, out of service. */
@Command(
    name = "withdraw",
    mixinStandardHelpOptions = true,
    description = {
      "Takes a task out of service: its requests are answered TASK_UNKNOWN until a version is promoted or accepted.",
      "Nothing is deleted."
    })
public final class WithdrawCommand implements Callable<Integer> {
  @Mixin private MoveOptions options = new MoveOptions();

  @Option(
      names = "--version-number",
      paramLabel = "N",
      description =
          "Take this version alone out of its alias. A champion is not followed by another.")
  private @Nullable Long version;

  @Override
  public Integer call() {
    return options.move("withdraw", version == null ? Map.of() : Map.of("version", version));
  }
}
