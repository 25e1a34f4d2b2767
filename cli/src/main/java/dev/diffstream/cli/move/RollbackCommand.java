package dev.diffstream.cli.move;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Makes the previous version of a task its champion again. */
@Command(
    name = "rollback",
    mixinStandardHelpOptions = true,
    description = {
      "Makes the previous version the champion again.",
      "Gateways hold it ready. To go further back: `promote`."
    })
public final class RollbackCommand implements Callable<Integer> {
  @Mixin private MoveOptions options = new MoveOptions();

  @Override
  public Integer call() {
    return options.move("roll-back", Map.of());
  }
}
