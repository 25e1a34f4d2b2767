package dev.diffstream.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists the tasks that the registry knows. */
@Command(
    name = "tasks",
    mixinStandardHelpOptions = true,
    description = "Lists the tasks with their champion versions.")
final class TasksCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Override
  public Integer call() {
    JsonNode answer = new HttpJson(options.connection().registryUrl()).get("/v1/tasks");
    System.out.printf("%-24s %-20s %8s  %s%n", "task", "objective", "version", "diff");
    for (JsonNode task : answer.isArray() ? answer : answer.path("tasks")) {
      JsonNode champion = task.path("aliases").path("champion");
      System.out.printf(
          "%-24s %-20s %8s  %s%n",
          task.path("taskId").asText(),
          task.path("objective").asText("-"),
          champion.path("version").asText("-"),
          champion.path("digest").asText("-"));
    }
    return 0;
  }
}
