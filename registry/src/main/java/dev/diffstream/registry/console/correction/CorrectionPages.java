package dev.diffstream.registry.console.correction;

import dev.diffstream.registry.console.ActBuilder;
import dev.diffstream.registry.console.Actors;
import dev.diffstream.registry.console.Form;
import dev.diffstream.registry.console.Links;
import dev.diffstream.registry.console.Pages;
import dev.diffstream.registry.console.ShellCommand;
import dev.diffstream.registry.correction.CorrectionBody;
import dev.diffstream.registry.correction.Corrections;
import dev.diffstream.registry.http.TaskPath;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A wrong answer is corrected, or a right one confirmed. */
@Hidden
@Controller("/console/tasks/{taskId}/correct")
@ExecuteOn(TaskExecutors.BLOCKING)
final class CorrectionPages {
  private static final String PAGE = "try";
  private static final List<String> FIELDS = List.of("text", "pair", "label", "answered", "digest");

  private final Corrections corrections;
  private final Pages pages;

  CorrectionPages(Corrections corrections, Pages pages) {
    this.corrections = corrections;
    this.pages = pages;
  }

  @Needs(Permission.SUBMIT)
  @Post(
      uri = "/preview",
      consumes = MediaType.APPLICATION_FORM_URLENCODED,
      produces = MediaType.TEXT_HTML)
  HttpResponse<String> preview(
      @PathVariable String taskId, HttpRequest<?> request, @Body @Nullable String body) {
    Form form = Form.of(body);
    return pages.answer(
        "act",
        PAGE,
        () -> {
          pages.checkMayChange();
          TaskId task = TaskPath.task(taskId);
          CorrectionBody correction = correction(form);
          corrections.check(task, correction);
          Map<String, String> hidden = new TreeMap<>();
          for (String field : FIELDS) {
            String value = form.text(field);
            if (value != null) {
              hidden.put(field, value);
            }
          }
          hidden.put("requestId", UUID.randomUUID().toString());
          return ActBuilder.builder()
              .title("The right label is " + correction.label())
              .button("Write it down")
              .effect(
                  "The text becomes a row of the data of task "
                      + task
                      + " with this label. It is learned from when the task is learned again: by its rule, or by hand.")
              .changes(List.of())
              .command(command(task, correction))
              .action("/console/tasks/" + task + "/correct")
              .hidden(hidden)
              .back("/console/try?task=" + task)
              .actor(Actors.remembered(request))
              .build()
              .values();
        });
  }

  @Needs(Permission.SUBMIT)
  @Post(consumes = MediaType.APPLICATION_FORM_URLENCODED, produces = MediaType.TEXT_HTML)
  HttpResponse<?> correct(@PathVariable String taskId, @Body @Nullable String body) {
    Form form = Form.of(body);
    return pages.change(
        PAGE,
        form,
        () -> {
          TaskId task = TaskPath.task(taskId);
          corrections.add(task, correction(form), form.actor(), form.required("requestId"));
          return Links.rules(task);
        });
  }

  private static CorrectionBody correction(Form form) {
    return new CorrectionBody(
        form.required("text"),
        form.text("pair"),
        form.required("label"),
        form.text("answered"),
        null,
        form.text("digest"),
        null);
  }

  private static String command(TaskId task, CorrectionBody correction) {
    return ShellCommand.of("diffstream correct")
        .argument(task.value())
        .option("--text", correction.text())
        .option("--pair", correction.textPair())
        .option("--label", correction.label())
        .option("--answered", correction.answered())
        .option("--digest", correction.digest())
        .toString();
  }
}
