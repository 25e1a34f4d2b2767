package dev.diffstream.cli.move;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.option.ConnectionOptions;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes a version that serves nowhere. */
@Command(
    name = "delete",
    mixinStandardHelpOptions = true,
    description = {
      "Deletes a version that no alias names. Its number is never given again.",
      "The bytes of its diff are removed a day later, once no gateway and no other version uses them."
    })
public final class DeleteCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Parameters(index = "0", paramLabel = "TASK")
  private String task = "";

  @Parameters(index = "1", paramLabel = "VERSION")
  private long version;

  @Option(names = "--reason", paramLabel = "TEXT", description = "For people who ask later.")
  private @Nullable String reason;

  @Override
  public Integer call() {
    HttpJson registry = new HttpJson(options.connection().registryUrl());
    String path = "/v1/tasks/" + HttpJson.encoded(task) + "/versions/" + version;
    JsonNode tombstone =
        registry.delete(reason == null ? path : path + "?reason=" + HttpJson.encoded(reason));
    System.out.printf(
        "%s: version %d is deleted, diff %s%n", task, version, tombstone.path("digest").asText());
    return 0;
  }
}
