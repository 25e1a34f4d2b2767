package dev.diffstream.cli.move;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Makes a version the champion of its task. */
@Command(
    name = "promote",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a version the champion: gateways answer with it as soon as they have loaded it.",
      "The champion before it becomes the previous version, to which `rollback` goes back."
    })
public final class PromoteCommand implements Callable<Integer> {
  @Mixin private MoveOptions options = new MoveOptions();

  @Parameters(index = "1", paramLabel = "VERSION")
  private long version;

  @Override
  public Integer call() {
    return options.move("promote", Map.of("version", version));
  }
}
