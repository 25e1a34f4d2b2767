package dev.diffstream.cli.move;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.option.ConnectionOptions;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What every move is asked with, and how it is asked. */
final class MoveOptions {
  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Parameters(index = "0", paramLabel = "TASK")
  private String task = "";

  @Option(names = "--reason", paramLabel = "TEXT", description = "For people who ask later.")
  private @Nullable String reason;

  @Option(
      names = "--generation",
      paramLabel = "N",
      description =
          "Move only if the task's aliases are still at this generation. Default: whatever is the newest now.")
  private @Nullable Long generation;

  @Option(names = "--dry-run", description = "Say what would move, and move nothing.")
  private boolean dryRun;

  /**
   * Asks the registry, and prints what each alias named before and names now.
   *
   * @param details fields of the request besides the common ones
   */
  int move(String kind, Map<String, Object> details) {
    HttpJson registry = new HttpJson(connection.connection().registryUrl());
    String path = "/v1/tasks/" + HttpJson.encoded(task);
    // From the log itself: the registry's lists may be a moment behind its own last move.
    JsonNode before = registry.get(path + "/moves?limit=1").path("moves").path(0);
    Map<String, Object> body = new TreeMap<>(details);
    body.put("kind", kind);
    body.put("generation", generation == null ? before.path("generation").asLong() : generation);
    if (reason != null) {
      body.put("reason", reason);
    }
    JsonNode made =
        registry.postRepeatably(
            path + "/moves" + (dryRun ? "?dryRun=true" : ""), body, UUID.randomUUID().toString());
    System.out.printf(
        "%s: %s%s, generation %d%n",
        task, dryRun ? "would be: " : "", kind, made.path("generation").asLong());
    print(before.path("aliases"), made.path("aliases"));
    return 0;
  }

  private static void print(JsonNode before, JsonNode now) {
    TreeSet<String> aliases = new TreeSet<>();
    before.fieldNames().forEachRemaining(aliases::add);
    now.fieldNames().forEachRemaining(aliases::add);
    for (String alias : aliases) {
      String then = AliasText.of(before.path(alias));
      String after = AliasText.of(now.path(alias));
      System.out.printf("  %-10s %s%n", alias, then.equals(after) ? then : then + " -> " + after);
    }
  }
}
