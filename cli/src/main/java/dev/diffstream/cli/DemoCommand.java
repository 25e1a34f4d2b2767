package dev.diffstream.cli;

import dev.diffstream.cli.demo.Demo;
import dev.diffstream.cli.demo.DemoReport;
import dev.diffstream.cli.demo.DemoResult;
import dev.diffstream.cli.deployment.Deployment;
import dev.diffstream.cli.deployment.Ports;
import dev.diffstream.cli.display.ProgressBoard;
import dev.diffstream.cli.file.JsonFile;
import dev.diffstream.cli.file.OutputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Three task events in, three served models out. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Starts everything on free loopback ports in a temporary directory, learns three small tasks from their events, asks the gateway and prints how good the answers are.",
      "Exit status 0 only if all three were served and beat the majority by 20 points."
    })
final class DemoCommand implements Callable<Integer> {
  @Option(
      names = "--keep",
      description = "Leave everything running, and print the URLs and what to try next.")
  private boolean keep;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the figures there as one JSON object.")
  private @Nullable Path json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    OutputFile.expectNoDirectory(json);
    Path directory = Files.createTempDirectory("diffstream-demo-");
    Deployment deployment =
        Deployment.start(
            StandaloneCommand.home(), directory, Ports.free(), Map.of(), System.out::println);
    CountDownLatch stopped = StandaloneCommand.closedAtExit(deployment);
    System.out.println();
    ProgressBoard board =
        new ProgressBoard(System.out, System.console() != null && System.console().isTerminal());
    Demo demo = new Demo(deployment.connection(), board::progress, board::say);
    DemoResult result = demo.run();
    DemoReport.print(System.out, result);
    demo.ask(System.out);
    if (json != null) {
      JsonFile.write(json, result);
    }
    System.out.println();
    System.out.println(
        result.passed()
            ? "All tasks are served and beat the majority by 20 points."
            : "Not all tasks beat the majority by 20 points.");
    if (keep) {
      System.out.println();
      NextSteps.print(System.out, deployment);
      stopped.await();
    }
    return result.passed() ? 0 : 1;
  }
}
