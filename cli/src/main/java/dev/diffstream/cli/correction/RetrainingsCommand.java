package dev.diffstream.cli.correction;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.schemas.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What rules have led to. */
@Command(
    name = "retrainings",
    mixinStandardHelpOptions = true,
    description = "Lists when a task was learned again by its rule, why, and what became of it.")
public final class RetrainingsCommand implements Callable<Integer> {
  private static final String LINE = "%-6s  %-30s  %-28s  %-10s  %-8s  %s%n";

  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Parameters(index = "0", paramLabel = "TASK")
  private String task = "";

  @Option(names = "--limit", description = "At most so many, up to 100. Default: ${DEFAULT-VALUE}")
  private int limit = 20;

  @Option(names = "--json", description = "Print the registry's answer as JSON.")
  private boolean json;

  @Override
  public Integer call() {
    HttpJson registry = new HttpJson(options.connection().registryUrl());
    JsonNode answer =
        registry.get("/v1/tasks/" + HttpJson.encoded(task) + "/retrainings?limit=" + limit);
    if (json) {
      System.out.println(Json.writeText(answer));
      return 0;
    }
    System.out.printf(LINE, "number", "decided", "run", "state", "version", "why");
    for (JsonNode outcome : answer.path("retrainings")) {
      JsonNode retraining = outcome.path("retraining");
      System.out.printf(
          LINE,
          retraining.path("number").asLong(),
          retraining.path("created").asText(),
          outcome.path("runId").asText(),
          ForeignText.line(outcome.path("state").asText()),
          outcome.path("version").asText("-"),
          why(retraining));
      if (outcome.hasNonNull("message")) {
        System.out.println("        " + ForeignText.line(outcome.path("message").asText()));
      }
    }
    return 0;
  }

  private static String why(JsonNode retraining) {
    List<String> conditions = new ArrayList<>();
    retraining
        .path("conditions")
        .forEach(condition -> conditions.add(ForeignText.line(condition.path("says").asText())));
    return String.join("; ", conditions);
  }
}
