package dev.diffstream.registry.console.run;

import dev.diffstream.registry.console.Filter;
import dev.diffstream.registry.console.Form;
import dev.diffstream.registry.console.Pages;
import dev.diffstream.registry.deadletter.DeadLetter;
import dev.diffstream.registry.http.RegistryView;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Task events that failed, chosen and sent once more, with an outcome each. */
@Hidden
@Controller("/console/dead-letters")
@ExecuteOn(TaskExecutors.BLOCKING)
final class DeadLetterPages {
  private static final String PAGE = "dead-letters";
  private static final int ROWS = 200;

  private final RegistryView registry;
  private final Pages pages;

  DeadLetterPages(RegistryView registry, Pages pages) {
    this.registry = registry;
    this.pages = pages;
  }

  @Needs(Permission.VIEW)
  @Get(produces = MediaType.TEXT_HTML)
  HttpResponse<String> deadLetters(
      @QueryValue @Nullable String errorCode,
      @QueryValue @Nullable String task,
      @QueryValue @Nullable String run) {
    return pages.answer(
        "dead-letters",
        PAGE,
        () -> {
          Map<String, Object> values = new HashMap<>();
          values.put(
              "letters",
              registry
                  .deadLetters()
                  .newest(
                      letter ->
                          Filter.fits(errorCode, letter.errorCode())
                              && Filter.fits(task, letter.taskId())
                              && Filter.fits(run, letter.runId()),
                      ROWS));
          values.put("errorCode", Filter.shown(errorCode));
          values.put("task", Filter.shown(task));
          values.put("run", Filter.shown(run));
          return values;
        });
  }

  @Needs(Permission.OPERATE)
  @Post(
      uri = "/preview",
      consumes = MediaType.APPLICATION_FORM_URLENCODED,
      produces = MediaType.TEXT_HTML)
  HttpResponse<String> preview(@Body @Nullable String body) {
    return replay(body, true);
  }

  @Needs(Permission.OPERATE)
  @Post(
      uri = "/replay",
      consumes = MediaType.APPLICATION_FORM_URLENCODED,
      produces = MediaType.TEXT_HTML)
  HttpResponse<String> replay(@Body @Nullable String body) {
    return replay(body, false);
  }

  private HttpResponse<String> replay(@Nullable String body, boolean dryRun) {
    try {
      pages.checkMayChange();
    } catch (DiffstreamException e) {
      return pages.failure(PAGE, e);
    }
    List<String> chosen = Form.of(body).all("place");
    Set<String> places = new HashSet<>(chosen);
    return pages.answer(
        "replay",
        PAGE,
        () ->
            Map.of(
                "replays",
                registry.deadLetters().replay(letter -> isIn(places, letter), dryRun),
                "done",
                !dryRun,
                "command",
                "diffstream replay " + String.join(" ", chosen)));
  }

  private static boolean isIn(Set<String> places, DeadLetter letter) {
    return places.contains(letter.place());
  }
}
