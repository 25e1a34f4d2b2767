package dev.diffstream.cli.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.cli.option.ConnectionOptions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sends task events that failed once more. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description = {
      "Sends task events that failed once more: single letters, or all of a task, run or error code.",
      "Each keeps its name, and so its run."
    })
public final class ReplayCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions options = new ConnectionOptions();
  @Mixin private LetterFilter filter = new LetterFilter();

  @Parameters(
      paramLabel = "LETTER",
      arity = "0..*",
      description = "Places of letters, as `dead-letters` lists them.")
  private List<String> letters = List.of();

  @Option(names = "--dry-run", description = "Say what would be sent, and send nothing.")
  private boolean dryRun;

  @Override
  public Integer call() {
    HttpJson registry = new HttpJson(options.connection().registryUrl());
    Map<String, Object> selection = filter.fields();
    if (!letters.isEmpty()) {
      selection.put("places", letters);
    }
    JsonNode answer =
        registry.post("/v1/dead-letters/replay" + (dryRun ? "?dryRun=true" : ""), selection);
    boolean all = true;
    for (JsonNode replay : answer.path("replays")) {
      boolean sent = replay.path("sent").asBoolean();
      all &= sent;
      System.out.printf(
          "%-28s %-24s %s%n",
          replay.at("/letter/place").asText(),
          ForeignText.line(replay.at("/letter/taskId").asText()),
          sent
              ? dryRun ? "would be sent" : "sent"
              : "not sent: " + ForeignText.line(replay.path("reason").asText()));
    }
    return all ? 0 : 1;
  }
}
