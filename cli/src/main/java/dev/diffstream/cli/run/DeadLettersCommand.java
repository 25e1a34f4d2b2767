package dev.diffstream.cli.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.cli.option.ConnectionOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists task events that failed. */
@Command(
    name = "dead-letters",
    mixinStandardHelpOptions = true,
    description = "Lists the newest task events that failed, with the reason.")
public final class DeadLettersCommand implements Callable<Integer> {
  private static final String LINE = "%-28s %-24s %-20s %s%n";

  @Mixin private ConnectionOptions options = new ConnectionOptions();
  @Mixin private LetterFilter filter = new LetterFilter();

  @Option(
      names = "--limit",
      defaultValue = "20",
      description = "At most so many (default: ${DEFAULT-VALUE}).")
  private int limit = 20;

  @Override
  public Integer call() {
    HttpJson registry = new HttpJson(options.connection().registryUrl());
    JsonNode answer = registry.get("/v1/dead-letters?limit=" + limit + filter.query());
    System.out.printf(LINE, "letter", "task", "code", "message");
    for (JsonNode letter : answer.path("deadLetters")) {
      System.out.printf(
          LINE,
          letter.path("place").asText(),
          ForeignText.line(letter.path("taskId").asText()),
          letter.path("errorCode").asText(),
          ForeignText.line(letter.path("message").asText()));
    }
    return 0;
  }
}
