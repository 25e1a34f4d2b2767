package dev.diffstream.cli.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.option.ConnectionOptions;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What cancel, pause and resume have in common. */
final class RunAction {
  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Parameters(index = "0", paramLabel = "RUN", description = "Its id, as `runs` lists it.")
  private String run = "";

  @Option(names = "--reason", paramLabel = "TEXT", description = "For people who ask later.")
  private @Nullable String reason;

  int ask(String action, String effect) {
    HttpJson registry = new HttpJson(connection.connection().registryUrl());
    String path = "/v1/runs/" + HttpJson.encoded(run) + "/" + action;
    JsonNode made =
        registry.postRepeatably(
            path,
            reason == null ? Map.of() : Map.of("reason", reason),
            UUID.randomUUID().toString());
    System.out.printf("%s: %s%n", made.path("runId").asText(), effect);
    return 0;
  }
}
