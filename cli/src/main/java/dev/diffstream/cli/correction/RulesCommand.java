package dev.diffstream.cli.correction;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** When a task is learned again by itself. */
@Command(
    name = "rules",
    mixinStandardHelpOptions = true,
    description = {
      "Shows when a task is learned again by itself, or sets it: a condition replaces the whole rule.",
      "One condition that is met is enough. What was learned serves only if it is better than the champion."
    })
public final class RulesCommand implements Callable<Integer> {
  private static final String COOLDOWN = "diffstream.rules.cooldown";

  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Parameters(index = "0", paramLabel = "TASK")
  private String task = "";

  @Option(
      names = "--corrections",
      paramLabel = "N",
      description = "After so many corrections since the last time.")
  private @Nullable Integer corrections;

  @Option(
      names = "--quality-below",
      paramLabel = "SHARE",
      description = "When fewer of the newest corrections confirm the answer than this share.")
  private @Nullable Double qualityBelow;

  @Option(
      names = "--quality-of",
      paramLabel = "N",
      description = "How many corrections that share is of: 10 to 1000, default 50.")
  private @Nullable Integer qualityOf;

  @Option(
      names = "--confidence-drift",
      paramLabel = "Z",
      description =
          "When the mean confidence of the latest answers is so many standard errors away from that of the first ones, up or down.")
  private @Nullable Double confidenceDrift;

  @Option(
      names = "--cooldown",
      paramLabel = "TIME",
      description = "From one retraining to the next, such as 90s, 15m, 1h (default).")
  private @Nullable String cooldown;

  @Option(
      names = "--per-day",
      paramLabel = "N",
      description = "At most so many in 24 hours; default 4.")
  private @Nullable Integer perDay;

  @Option(names = "--total", paramLabel = "N", description = "At most so many ever.")
  private @Nullable Integer total;

  @Option(
      names = "--min-gain",
      paramLabel = "GAIN",
      description = "Over the champion; below 0: by how much the new version may be worse.")
  private @Nullable Double minGain;

  @Option(names = "--reason", paramLabel = "TEXT", description = "For people who ask later.")
  private @Nullable String reason;

  @Option(names = "--remove", description = "Take the rule away.")
  private boolean remove;

  @Option(names = "--dry-run", description = "Say what the rule would do now, and set nothing.")
  private boolean dryRun;

  @Option(names = "--json", description = "Print the registry's answer as JSON.")
  private boolean json;

  @Override
  public Integer call() {
    HttpJson registry = new HttpJson(options.connection().registryUrl());
    String path = "/v1/tasks/" + HttpJson.encoded(task) + "/rules";
    boolean sets = corrections != null || qualityBelow != null || confidenceDrift != null;
    if (remove && (sets || dryRun)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "--remove goes with no condition and no --dry-run");
    }
    if (remove) {
      String query = reason == null ? "" : "?reason=" + HttpJson.encoded(reason);
      print(registry.delete(path + query), "removed: ");
    } else if (sets && dryRun) {
      evaluation(registry.put(path + "?dryRun=true", body(), UUID.randomUUID().toString()));
    } else if (sets) {
      print(registry.put(path, body(), UUID.randomUUID().toString()), "");
    } else if (hasDetails()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "a rule needs a condition: --corrections, --quality-below or --confidence-drift");
    } else {
      evaluation(registry.get(path + "/evaluation"));
    }
    return 0;
  }

  private boolean hasDetails() {
    return qualityOf != null
        || cooldown != null
        || perDay != null
        || total != null
        || minGain != null;
  }

  private Map<String, Object> body() {
    Map<String, Object> body = new TreeMap<>();
    put(body, "corrections", corrections);
    put(body, "qualityBelow", qualityBelow);
    put(body, "qualityOf", qualityOf);
    put(body, "confidenceDrift", confidenceDrift);
    put(body, "cooldownSeconds", cooldown == null ? null : seconds(cooldown));
    put(body, "minGain", minGain);
    put(body, "reason", reason);
    if (perDay != null || total != null) {
      Map<String, Object> budget = new TreeMap<>();
      put(budget, "perDay", perDay);
      put(budget, "total", total);
      body.put("budget", budget);
    }
    return body;
  }

  private static Long seconds(String time) {
    try {
      return Settings.of(Map.of(COOLDOWN, time))
          .duration(COOLDOWN, Duration.ZERO, "from one retraining to the next")
          .toSeconds();
    } catch (BadSettingException e) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "--cooldown must be a duration such as 90s, 15m or PT1H, got: " + Bounded.value(time),
          e);
    }
  }

  private static void put(Map<String, Object> body, String name, @Nullable Object value) {
    if (value != null) {
      body.put(name, value);
    }
  }

  private void print(JsonNode rule, String before) {
    System.out.println(json ? Json.writeText(rule) : before + RuleText.of(rule));
  }

  private void evaluation(JsonNode evaluation) {
    if (json) {
      System.out.println(Json.writeText(evaluation));
      return;
    }
    System.out.println(RuleText.of(evaluation.path("rule")));
    for (JsonNode condition : evaluation.path("conditions")) {
      line(condition.path("met").asBoolean() ? "met" : "not met", condition);
    }
    for (JsonNode limit : evaluation.path("limits")) {
      line(limit.path("holdsBack").asBoolean() ? "holds back" : "ok", limit);
    }
    System.out.println(
        evaluation.path("fires").asBoolean()
            ? "it is learned again now, as retraining " + evaluation.path("number").asLong()
            : "it is not learned again now");
  }

  private static void line(String state, JsonNode found) {
    String until = found.hasNonNull("until") ? ", until " + found.path("until").asText() : "";
    System.out.printf(
        "  %-10s  %-14s  %s%s%n",
        state,
        ForeignText.line(found.path("name").asText()),
        ForeignText.line(found.path("says").asText()),
        until);
  }
}
