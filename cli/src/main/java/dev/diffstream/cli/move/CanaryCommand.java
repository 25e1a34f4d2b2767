package dev.diffstream.cli.move;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lets a version answer a share of the requests. */
@Command(
    name = "canary",
    mixinStandardHelpOptions = true,
    description = {
      "Lets a version answer a share of the requests beside the champion.",
      "The same share of routing keys, at every gateway. `promote` makes it the champion, `withdraw --version-number` ends the trial."
    })
public final class CanaryCommand implements Callable<Integer> {
  @Mixin private MoveOptions options = new MoveOptions();

  @Parameters(index = "1", paramLabel = "VERSION")
  private long version;

  @Option(
      names = "--weight",
      required = true,
      paramLabel = "SHARE",
      description = "Of the requests: above 0 and at most 1.")
  private double weight;

  @Override
  public Integer call() {
    return options.move("canary", Map.of("version", version, "weight", weight));
  }
}
