package dev.diffstream.cli.display;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.PrintStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What the registry knows of single runs: state, attempt, worker, device and warnings. */
public final class RunFacts {
  private static final Set<String> ENDED = Set.of("failed", "published", "versioned");

  private final HttpJson registry;

  public RunFacts(URI registryUrl) {
    this.registry = new HttpJson(registryUrl);
  }

  /**
   * The registry's answer about a run; missing where it knows none of this id.
   *
   * @throws DiffstreamException OVERLOADED and the like where the registry does not answer
   */
  public JsonNode run(String runId) {
    try {
      return registry.get("/v1/runs/" + HttpJson.encoded(runId));
    } catch (DiffstreamException e) {
      if (e.code() == ErrorCode.TASK_UNKNOWN) {
        return MissingNode.getInstance();
      }
      throw e;
    }
  }

  /** Prints the warnings of a run's report, each on a line; nothing where they cannot be had. */
  public void printWarnings(PrintStream out, String runId) {
    try {
      warnings(run(runId)).forEach(warning -> out.println("warning: " + warning));
    } catch (DiffstreamException unreachable) {
      out.println("warnings of the report could not be read: " + unreachable.getMessage());
    }
  }

  public static boolean ended(JsonNode run) {
    return ENDED.contains(run.path("state").asText());
  }

  /** The warnings in the report of {@code run}, fit to be printed. */
  public static List<String> warnings(JsonNode run) {
    List<String> warnings = new ArrayList<>();
    run.path("report")
        .path("warnings")
        .forEach(warning -> warnings.add(ForeignText.line(warning.asText())));
    return warnings;
  }

  /** Attempt, worker and device as far as they are known; may be empty. */
  public static String place(JsonNode run) {
    JsonNode progress = run.path("progress");
    JsonNode report = run.path("report");
    List<String> parts = new ArrayList<>();
    String attempt = progress.path("attempt").asText(report.path("attempt").asText(""));
    if (!attempt.isEmpty()) {
      parts.add("attempt " + attempt);
    }
    String worker = progress.path("worker").asText(report.path("worker").asText(""));
    if (!worker.isEmpty()) {
      parts.add("worker " + ForeignText.line(worker));
    }
    String device = progress.path("device").asText("");
    if (!device.isEmpty()) {
      parts.add(ForeignText.line(device));
    }
    return String.join(", ", parts);
  }
}
