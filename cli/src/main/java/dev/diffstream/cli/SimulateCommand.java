package dev.diffstream.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the simulation in a process of its own. */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    description = {
      "Workers, registries and gateways in one thread, with faults chosen by a seed;",
      "the invariants are checked after every step. Exit status 1: one did not hold."
    })
final class SimulateCommand implements Callable<Integer> {
  @Option(names = "--seeds", defaultValue = "1000", description = "How many (${DEFAULT-VALUE}).")
  private long seeds = 1_000;

  @Option(names = "--first", defaultValue = "1", description = "The first one (${DEFAULT-VALUE}).")
  private long first = 1;

  @Option(names = "--seed", description = "This one alone, with all its steps.")
  private @Nullable Long seed;

  @Option(names = "--fail-fast", description = "Stop at the first violation.")
  private boolean failFast;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there.")
  private @Nullable Path json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path jar = StandaloneCommand.home().resolve("testing/simulation/target/simulation.jar");
    if (!Files.isRegularFile(jar)) {
      throw new IllegalStateException(
          jar + " is missing: build first with `mvn package -DskipTests`");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-jar", jar.toString()));
    command.addAll(List.of("--seeds=" + seeds, "--first=" + first));
    if (seed != null) {
      command.add("--seed=" + seed);
    }
    if (failFast) {
      command.add("--fail-fast");
    }
    if (json != null) {
      command.add("--json=" + json);
    }
    Process process = new ProcessBuilder(command).inheritIO().start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy, "end-simulation"));
    return process.waitFor();
  }
}
