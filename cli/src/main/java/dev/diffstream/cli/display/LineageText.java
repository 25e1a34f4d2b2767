package dev.diffstream.cli.display;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A version's lineage for people; what the registry does not know is left out. */
public final class LineageText {
  private final StringBuilder text = new StringBuilder();
  private final JsonNode lineage;

  private LineageText(JsonNode lineage) {
    this.lineage = lineage;
  }

  /** Several lines, each ended. */
  public static String of(JsonNode lineage) {
    LineageText text = new LineageText(lineage);
    text.version();
    text.madeOf();
    text.madeBy();
    text.checks();
    return text.text.toString();
  }

  /** Whether neither report nor statement were changed, and the statement is not invalid. */
  public static boolean isIntact(JsonNode lineage) {
    return !lineage.at("/report/state").asText().equals("changed")
        && !lineage.at("/provenance/state").asText().equals("invalid");
  }

  private void version() {
    text.append(ForeignText.line(lineage.path("taskId").asText()))
        .append(", version ")
        .append(lineage.path("version").asLong())
        .append(lineage.has("deleted") ? ", deleted" : "")
        .append('\n');
    line("diff", plain("/digest") + ", " + plain("/bytes") + " bytes");
    line("accepted", plain("/created"));
    line("learned", plain("/objective") + " by " + plain("/method"));
  }

  private void madeOf() {
    line("base", join(plain("/base/name"), plain("/base/digest")));
    line("data", join(plain("/data/digest"), rows(lineage.at("/data/examples"))));
    for (JsonNode file : lineage.at("/data/files")) {
      line(
          "  " + ForeignText.line(file.path("use").asText()),
          String.format(
              Locale.ROOT,
              "%s, %d rows, %d bytes, %s",
              ForeignText.line(file.path("uri").asText()),
              file.path("rows").asLong(),
              file.path("bytes").asLong(),
              ForeignText.line(file.path("digest").asText())));
    }
    line(
        "event",
        plain("/event/id") + " of " + plain("/event/source") + " at " + plain("/event/place"));
    line("settings", settings(lineage.path("settings")));
    line("seed", plain("/seed"));
    line("parents", list(lineage.path("parents")));
  }

  private void madeBy() {
    if (lineage.has("environment")) {
      line(
          "computed",
          "%s (%s) on %s, %s threads, %s floats at once"
              .formatted(
                  plain("/environment/codeVersion"),
                  plain("/environment/program"),
                  plain("/environment/device"),
                  plain("/environment/threads"),
                  plain("/environment/vectorLanes")));
    }
    line("run", plain("/runId"));
    for (JsonNode attempt : lineage.path("attempts")) {
      line("  attempt " + attempt.path("attempt").asLong(), attempt(attempt));
    }
    line("trace", traceId());
  }

  private static String attempt(JsonNode attempt) {
    List<String> parts = new ArrayList<>();
    for (String field : List.of("worker", "device", "program")) {
      if (attempt.hasNonNull(field)) {
        parts.add(ForeignText.line(attempt.path(field).asText()));
      }
    }
    parts.add("began " + ForeignText.line(attempt.path("started").asText("?")));
    if (attempt.path("resumed").asBoolean()) {
      parts.add("went on from what was kept");
    }
    parts.add(
        attempt.hasNonNull("outcome")
            ? ForeignText.line(attempt.path("outcome").asText())
                + " "
                + ForeignText.line(attempt.path("finished").asText())
            : "no report: lost, or still at it");
    if (attempt.hasNonNull("errorCode")) {
      parts.add(ForeignText.line(attempt.path("errorCode").asText()));
    }
    return String.join(", ", parts);
  }

  private void checks() {
    line("report", plain("/report/state") + ": " + plain("/report/key"));
    String key = plain("/provenance/keyId");
    String problem = plain("/provenance/problem");
    line(
        "provenance",
        plain("/provenance/state")
            + (key.isEmpty() ? "" : " by key " + key)
            + ": "
            + plain("/provenance/key")
            + (problem.isEmpty() ? "" : " (" + problem + ")"));
    if (lineage.has("deleted")) {
      line("deleted", join("by " + plain("/deleted/actor"), plain("/deleted/reason")));
    }
  }

  private String traceId() {
    String[] parts = plain("/traceparent").split("-");
    return parts.length > 1 ? parts[1] : "";
  }

  private void line(String name, String value) {
    if (!value.isBlank()) {
      text.append(String.format(Locale.ROOT, "  %-12s %s%n", name, value));
    }
  }

  private String plain(String pointer) {
    return ForeignText.line(lineage.at(pointer).asText());
  }

  private static String join(String first, String second) {
    return second.isEmpty() ? first : first.isEmpty() ? second : first + ", " + second;
  }

  private static String rows(JsonNode examples) {
    List<String> parts = new ArrayList<>();
    examples
        .fields()
        .forEachRemaining(split -> parts.add(split.getValue().asText() + " " + split.getKey()));
    return ForeignText.line(String.join(", ", parts));
  }

  private static String settings(JsonNode settings) {
    List<String> parts = new ArrayList<>();
    settings
        .fields()
        .forEachRemaining(each -> parts.add(each.getKey() + "=" + each.getValue().asText()));
    return ForeignText.line(String.join(" ", parts));
  }

  private static String list(JsonNode array) {
    List<String> parts = new ArrayList<>();
    array.forEach(each -> parts.add(ForeignText.line(each.asText())));
    return String.join(", ", parts);
  }
}
