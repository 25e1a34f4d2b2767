package dev.diffstream.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.cli.display.RunFacts;
import dev.diffstream.cli.option.ConnectionOptions;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists runs, or shows the report of one. */
@Command(
    name = "runs",
    mixinStandardHelpOptions = true,
    description = "Lists the newest runs, or shows the whole report of one.")
final class RunsCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Parameters(paramLabel = "RUN", arity = "0..1", description = "Show this run's report.")
  private @Nullable String run;

  @Option(names = "--task", description = "Only runs of this task.")
  private @Nullable String task;

  @Option(
      names = "--state",
      description =
          "Only runs in this state: queued, running, paused, published, versioned, failed, cancelled.")
  private @Nullable String state;

  @Option(
      names = "--limit",
      defaultValue = "20",
      description = "At most so many (default: ${DEFAULT-VALUE}).")
  private int limit = 20;

  @Override
  public Integer call() {
    HttpJson registry = new HttpJson(options.connection().registryUrl());
    RunFacts facts = new RunFacts(options.connection().registryUrl());
    if (run != null) {
      System.out.println(registry.get("/v1/runs/" + HttpJson.encoded(run)).toPrettyString());
      return 0;
    }
    JsonNode answer =
        registry.get(
            "/v1/runs?limit="
                + limit
                + (task == null ? "" : "&task=" + HttpJson.encoded(task))
                + (state == null ? "" : "&state=" + HttpJson.encoded(state)));
    System.out.printf("%-30s %-24s %-12s %s%n", "run", "task", "state", "detail");
    for (JsonNode row : answer.isArray() ? answer : answer.path("runs")) {
      System.out.printf(
          "%-30s %-24s %-12s %s%n",
          row.path("runId").asText(),
          row.path("taskId").asText(),
          row.path("state").asText("-"),
          detail(row));
      JsonNode whole = facts.run(row.path("runId").asText());
      String place = RunFacts.place(whole);
      if (!place.isEmpty()) {
        System.out.println("  " + place);
      }
      RunFacts.warnings(whole).forEach(warning -> System.out.println("  warning: " + warning));
    }
    return 0;
  }

  private static String detail(JsonNode row) {
    if (row.hasNonNull("errorCode")) {
      return row.path("errorCode").asText() + ": " + ForeignText.line(row.path("message").asText());
    }
    if (row.hasNonNull("waitsFor")) {
      return "waits for " + ForeignText.line(row.path("waitsFor").asText());
    }
    return row.path("digest").asText(row.path("phase").asText(""));
  }
}
