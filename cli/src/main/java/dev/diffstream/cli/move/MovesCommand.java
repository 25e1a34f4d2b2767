package dev.diffstream.cli.move;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.cli.option.ConnectionOptions;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What of a task served when, moved by whom and why. */
@Command(
    name = "moves",
    mixinStandardHelpOptions = true,
    description = "Lists what of a task served when, moved by whom and why, newest first.")
public final class MovesCommand implements Callable<Integer> {
  private static final String LINE = "%-10s  %-30s  %-10s  %-16s  %-32s  %-10s  %s%n";

  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Parameters(index = "0", paramLabel = "TASK")
  private String task = "";

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "Only what was in force then, such as 2026-01-31T12:00:00Z.")
  private @Nullable String at;

  @Option(names = "--limit", description = "At most so many, up to 100. Default: ${DEFAULT-VALUE}")
  private int limit = 20;

  @Override
  public Integer call() {
    HttpJson registry = new HttpJson(options.connection().registryUrl());
    String query = at == null ? "limit=" + limit : "at=" + HttpJson.encoded(at);
    JsonNode answer = registry.get("/v1/tasks/" + HttpJson.encoded(task) + "/moves?" + query);
    System.out.printf(LINE, "generation", "since", "move", "by", "champion", "previous", "canary");
    for (JsonNode generation : answer.path("moves")) {
      JsonNode move = generation.path("move");
      JsonNode aliases = generation.path("aliases");
      System.out.printf(
          LINE,
          generation.path("generation").asLong(),
          generation.path("created").asText(),
          ForeignText.line(move.path("kind").asText("-")),
          ForeignText.line(move.path("actor").asText("-")),
          AliasText.of(aliases.path("champion")),
          aliases.path("previous").path("version").asText("-"),
          AliasText.of(aliases.path("canary")));
      if (move.hasNonNull("reason")) {
        System.out.println("            " + ForeignText.line(move.path("reason").asText()));
      }
    }
    return 0;
  }
}
