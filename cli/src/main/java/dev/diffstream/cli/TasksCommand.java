package dev.diffstream.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.option.ConnectionOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists the tasks that the registry knows. */
@Command(
    name = "tasks",
    mixinStandardHelpOptions = true,
    description = "Lists the tasks with their champion versions.")
final class TasksCommand implements Callable<Integer> {
  private static final String LINE = "%-24s %-20s %8s  %-16s %-9s  %s%n";

  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Override
  public Integer call() {
    HttpJson registry = new HttpJson(options.connection().registryUrl());
    System.out.printf(LINE, "task", "objective", "version", "method", "precision", "diff");
    String after = "";
    do {
      JsonNode page = registry.get("/v1/tasks?limit=1000&after=" + HttpJson.encoded(after));
      page.path("tasks").forEach(TasksCommand::print);
      after = page.path("next").asText();
    } while (!after.isEmpty());
    return 0;
  }

  private static void print(JsonNode task) {
    JsonNode alias = task.path("aliases").path("champion");
    JsonNode version = task.path("champion");
    System.out.printf(
        LINE,
        task.path("taskId").asText(),
        task.path("objective").asText("-"),
        alias.path("version").asText(task.has("provisional") ? "provisional" : "-"),
        version.path("method").asText("-"),
        version.path("precision").asText("-"),
        alias.path("digest").asText(task.path("provisional").path("digest").asText("-")));
  }
}
