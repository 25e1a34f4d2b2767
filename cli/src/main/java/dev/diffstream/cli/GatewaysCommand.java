package dev.diffstream.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.display.EventText;
import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.schemas.event.GatewayResidency.Certificate;
import dev.diffstream.schemas.json.Json;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Which gateway serves what. */
@Command(
    name = "gateways",
    mixinStandardHelpOptions = true,
    description = {
      "Lists the gateways, or what each of them says of one task.",
      "With a task the exit status is 0 only if all of them serve its newest generation."
    })
final class GatewaysCommand implements Callable<Integer> {
  private static final String GATEWAY = "%-24s %-9s %7s %7s  %s%n";
  private static final String RESIDENCY = "%-24s %-10s %8s  %-10s %12s  %s%n";

  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Parameters(index = "0", arity = "0..1", paramLabel = "TASK")
  private @Nullable String task;

  @Override
  public Integer call() {
    HttpJson registry = new HttpJson(options.connection().registryUrl());
    if (task == null) {
      list(registry.get("/v1/gateways"));
      return 0;
    }
    String id = HttpJson.encoded(task);
    return listTask(registry.get("/v1/tasks/" + id + "/gateways"));
  }

  private static void list(JsonNode answer) {
    System.out.printf(GATEWAY, "gateway", "state", "tasks", "failed", "last word");
    for (JsonNode gateway : answer.path("gateways")) {
      System.out.printf(
          GATEWAY,
          ForeignText.line(gateway.path("gatewayId").asText()),
          gateway.hasNonNull("stopped") ? "stopped" : "serving",
          gateway.path("tasks").asInt(),
          gateway.path("failed").asLong(),
          gateway.path("lastWord").asText());
    }
  }

  private static int listTask(JsonNode answer) {
    System.out.printf(
        RESIDENCY, "gateway", "generation", "version", "state", "after ms", "message");
    for (JsonNode word : answer.path("gateways")) {
      System.out.printf(
          RESIDENCY,
          ForeignText.line(word.path("gatewayId").asText()),
          word.path("generation").asLong(),
          word.path("version").asLong(),
          word.path("state").asText(),
          word.path("announcedToSaidMillis").asText("-"),
          message(word));
    }
    JsonNode convergence = answer.path("convergence");
    boolean converged = convergence.path("converged").asBoolean();
    System.out.printf(
        "generation %d: %s%n",
        convergence.path("generation").asLong(), converged ? "served by all" : "not served by all");
    return converged ? 0 : 1;
  }

  private static String message(JsonNode word) {
    if (word.hasNonNull("errorCode")) {
      return word.path("errorCode").asText()
          + ": "
          + ForeignText.line(word.path("message").asText());
    }
    return word.hasNonNull("certificate")
        ? EventText.of(Json.convert(word.path("certificate"), Certificate.class, "certificate"))
        : "";
  }
}
