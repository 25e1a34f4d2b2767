package dev.diffstream.registry.console.gateway;

import dev.diffstream.registry.console.Pages;
import dev.diffstream.registry.console.Words;
import dev.diffstream.registry.fleet.GatewayWords;
import dev.diffstream.registry.fleet.GatewayWords.Word;
import dev.diffstream.registry.http.RegistryView;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The gateways, and what each holds. */
@Hidden
@Controller("/console/gateways")
@ExecuteOn(TaskExecutors.BLOCKING)
final class GatewayPages {
  private static final String PAGE = "gateways";
  private static final int ROWS = 500;

  private final RegistryView registry;
  private final Pages pages;

  GatewayPages(RegistryView registry, Pages pages) {
    this.registry = registry;
    this.pages = pages;
  }

  /** A gateway in the list. */
  record GatewayRow(
      String gatewayId, String state, int tasks, long failed, String ago, String incarnation) {}

  /** What a gateway says of a task. */
  record WordRow(
      String taskId,
      String state,
      long generation,
      long version,
      String ago,
      @Nullable String message) {}

  @Needs(Permission.DEPLOYMENT)
  @Get(produces = MediaType.TEXT_HTML)
  HttpResponse<String> gateways() {
    Instant now = Instant.now();
    return pages.answer(
        "gateways",
        PAGE,
        () ->
            Map.of(
                "gateways",
                registry.fleet().get().gateways().stream().map(words -> row(words, now)).toList()));
  }

  private static GatewayRow row(GatewayWords words, Instant now) {
    return new GatewayRow(
        words.gatewayId(),
        words.stopped() == null ? "running, or killed" : "stopped",
        words.tasks().size(),
        words.tasks().values().stream().filter(GatewayPages::isFailed).count(),
        Words.ago(words.lastWord(), now),
        words.incarnation());
  }

  private static boolean isFailed(Word word) {
    return word.residency().errorCode() != null;
  }

  @Needs(Permission.DEPLOYMENT)
  @Get(uri = "/{gatewayId}", produces = MediaType.TEXT_HTML)
  HttpResponse<String> gateway(
      @PathVariable String gatewayId, @QueryValue @Nullable String failed) {
    Instant now = Instant.now();
    boolean onlyFailed = "true".equals(failed);
    return pages.answer(
        "gateway",
        PAGE,
        () -> {
          GatewayWords words = registry.fleet().get().gateway(gatewayId);
          List<WordRow> rows =
              words.tasks().values().stream()
                  .filter(word -> !onlyFailed || isFailed(word))
                  .map(word -> row(word, now))
                  .toList();
          Map<String, Object> values = new HashMap<>();
          values.put("id", gatewayId);
          values.put("failed", onlyFailed);
          values.put("words", rows.stream().limit(ROWS).toList());
          values.put("more", Math.max(0, rows.size() - ROWS));
          return values;
        });
  }

  private static WordRow row(Word word, Instant now) {
    return new WordRow(
        word.residency().taskId(),
        word.residency().state().text(),
        word.residency().generation(),
        word.residency().version(),
        Words.ago(word.said(), now),
        isFailed(word)
            ? word.residency().errorCode() + ": " + Objects.toString(word.residency().message(), "")
            : null);
  }
}
