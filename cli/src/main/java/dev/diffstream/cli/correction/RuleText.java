package dev.diffstream.cli.correction;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.display.ForeignText;
import java.util.ArrayList;
import java.util.List;

/** A rule in a line. */
final class RuleText {
  private RuleText() {}

  static String of(JsonNode rule) {
    List<String> conditions = new ArrayList<>();
    if (rule.hasNonNull("corrections")) {
      conditions.add("after %d corrections".formatted(rule.path("corrections").asLong()));
    }
    if (rule.hasNonNull("qualityBelow")) {
      conditions.add(
          "when fewer than %s of %d corrections confirm the answer"
              .formatted(rule.path("qualityBelow").asText(), rule.path("qualityOf").asLong()));
    }
    if (rule.hasNonNull("confidenceDrift")) {
      conditions.add(
          "when the confidence of the latest answers is %s standard errors away from that of the first ones"
              .formatted(rule.path("confidenceDrift").asText()));
    }
    List<String> limits = new ArrayList<>();
    if (!conditions.isEmpty()) {
      limits.add("every %d s at most".formatted(rule.path("cooldownSeconds").asLong()));
    }
    JsonNode budget = rule.path("budget");
    if (budget.hasNonNull("perDay")) {
      limits.add(budget.path("perDay").asLong() + " a day");
    }
    if (budget.hasNonNull("total")) {
      limits.add(budget.path("total").asLong() + " ever");
    }
    return "rule %d by %s: %s%s"
        .formatted(
            rule.path("number").asLong(),
            ForeignText.line(rule.path("actor").asText()),
            conditions.isEmpty() ? "none" : String.join(", or ", conditions),
            limits.isEmpty() ? "" : "; " + String.join(", ", limits));
  }
}
