package dev.diffstream.cli.move;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.cli.option.ConnectionOptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The versions of a task, with the aliases that name them. */
@Command(
    name = "versions",
    mixinStandardHelpOptions = true,
    description = "Lists the versions of a task, newest first, with what they scored and serve as.")
public final class VersionsCommand implements Callable<Integer> {
  private static final String LINE = "%-8s  %-20s  %-8s  %-10s  %-30s  %-29s  %s%n";

  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Parameters(index = "0", paramLabel = "TASK")
  private String task = "";

  @Override
  public Integer call() {
    HttpJson registry = new HttpJson(options.connection().registryUrl());
    String path = "/v1/tasks/" + HttpJson.encoded(task);
    JsonNode aliases = registry.get(path).path("aliases");
    JsonNode answer = registry.get(path + "/versions");
    Set<Long> deleted = new HashSet<>();
    answer.path("deleted").forEach(each -> deleted.add(each.path("version").asLong()));
    System.out.printf(LINE, "version", "alias", "score", "majority", "created", "run", "diff");
    for (JsonNode version : answer.path("versions")) {
      System.out.printf(
          LINE,
          version.path("version").asLong(),
          deleted.contains(version.path("version").asLong())
              ? "deleted"
              : aliasesOf(aliases, version.path("version").asLong()),
          percent(version.at("/metrics/score")),
          percent(version.at("/metrics/majority")),
          version.path("created").asText(),
          ForeignText.line(version.path("runId").asText()),
          version.path("digest").asText());
    }
    return 0;
  }

  private static String aliasesOf(JsonNode aliases, long version) {
    List<String> names = new ArrayList<>();
    aliases
        .fields()
        .forEachRemaining(
            alias -> {
              if (alias.getValue().path("version").asLong() == version) {
                names.add(ForeignText.line(alias.getKey()));
              }
            });
    return names.isEmpty() ? "-" : String.join(",", names);
  }

  private static String percent(JsonNode score) {
    return score.isNumber() ? String.format(Locale.ROOT, "%.1f %%", 100 * score.asDouble()) : "-";
  }
}
