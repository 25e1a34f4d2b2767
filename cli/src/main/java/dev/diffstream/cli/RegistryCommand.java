package dev.diffstream.cli;

import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What keeps a registry in order. */
@Command(
    name = "registry",
    mixinStandardHelpOptions = true,
    description = "What keeps a registry in order.",
    subcommands = RegistryCommand.Rebuild.class)
final class RegistryCommand {

  /** A process of its own does the work. */
  @Command(
      name = "rebuild",
      mixinStandardHelpOptions = true,
      description = {
        "Makes again from the bucket alone what is derived from it: a fresh snapshot, and the announcement of every task's newest generation where the topic lacks it.",
        "Safe beside running registries. Exit status 1: a task could not be read."
      })
  static final class Rebuild implements Callable<Integer> {
    @Mixin private ConnectionOptions options = new ConnectionOptions();

    @Option(names = "--dry-run", description = "Tell what there is to do, and change nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the result as one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
      Path jar = StandaloneCommand.home().resolve("registry/target/registry.jar");
      if (!Files.isRegularFile(jar)) {
        throw new IllegalStateException(
            jar + " is missing: build first with `mvn package -DskipTests`");
      }
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-jar", jar.toString(), "rebuild"));
      if (dryRun) {
        command.add("--dry-run");
      }
      if (json) {
        command.add("--json");
      }
      ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
      builder.environment().putAll(environment(options.connection()));
      return builder.start().waitFor();
    }

    private static Map<String, String> environment(Connection connection) {
      connection.openStore().close(); // says what to do where no deployment is found
      Map<String, String> environment = new HashMap<>(connection.environment());
      for (String key :
          List.of(
              Connection.REGISTRY_URL, Connection.GATEWAY_URL, Connection.GATEWAY_GRPC_ADDRESS)) {
        environment.remove(Settings.environmentName(key));
      }
      return environment;
    }
  }
}
