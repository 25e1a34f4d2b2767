package dev.diffstream.registry.console.correction;

import dev.diffstream.registry.console.ActBuilder;
import dev.diffstream.registry.console.Actors;
import dev.diffstream.registry.console.Form;
import dev.diffstream.registry.console.Links;
import dev.diffstream.registry.console.Pages;
import dev.diffstream.registry.console.Words;
import dev.diffstream.registry.correction.Corrections;
import dev.diffstream.registry.http.TaskPath;
import dev.diffstream.registry.retraining.RuleEvaluation;
import dev.diffstream.registry.retraining.RuleRequests;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.Correction;
import dev.diffstream.schemas.correction.RetrainingRule;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The corrections of a task, its rule, what the rule says now, and what it has asked for. */
@Hidden
@Controller("/console/tasks/{taskId}/rules")
@ExecuteOn(TaskExecutors.BLOCKING)
final class RulePages {
  private static final String PAGE = "tasks";
  private static final int ROWS = 50;

  private final RuleRequests rules;
  private final Corrections corrections;
  private final Pages pages;

  RulePages(RuleRequests rules, Corrections corrections, Pages pages) {
    this.rules = rules;
    this.corrections = corrections;
    this.pages = pages;
  }

  /** A correction in the list. */
  record CorrectionRow(
      long number, String time, String actor, String text, String answered, String label) {
    static CorrectionRow of(Correction correction) {
      String pair = correction.textPair();
      return new CorrectionRow(
          correction.number(),
          Words.time(correction.created()),
          correction.actor(),
          correction.text() + (pair == null ? "" : " | " + pair),
          correction.answered() == null ? "" : correction.answered(),
          correction.label());
    }
  }

  @Needs(Permission.VIEW)
  @Get(produces = MediaType.TEXT_HTML)
  HttpResponse<String> page(@PathVariable String taskId, HttpRequest<?> request) {
    return pages.answer(
        "rules",
        PAGE,
        () -> {
          TaskId task = TaskPath.task(taskId);
          List<RetrainingRule> history = rules.history(task);
          RetrainingRule rule = current(history);
          Map<String, Object> values =
              values(task, history, RuleForm.of(rule), Actors.remembered(request));
          if (rule != null) {
            values.put("evaluation", rules.evaluate(task));
          }
          return values;
        });
  }

  private static @Nullable RetrainingRule current(List<RetrainingRule> history) {
    return history.stream().findFirst().filter(RetrainingRule::counts).orElse(null);
  }

  private Map<String, Object> values(
      TaskId task, List<RetrainingRule> history, RuleForm form, String actor) {
    Map<String, Object> values = new HashMap<>(form.fields());
    values.put("taskId", task.value());
    values.put("actor", actor);
    values.put("hasRule", current(history) != null);
    values.put("history", history);
    values.put("outcomes", rules.outcomes(task, Long.MAX_VALUE, ROWS));
    values.put(
        "given",
        corrections.page(task, Long.MAX_VALUE, ROWS).stream().map(CorrectionRow::of).toList());
    return values;
  }

  /** The dry run: what the rule would say now, and the button that sets it. */
  @Needs(Permission.OPERATE)
  @Post(
      uri = "/preview",
      consumes = MediaType.APPLICATION_FORM_URLENCODED,
      produces = MediaType.TEXT_HTML)
  HttpResponse<String> preview(@PathVariable String taskId, @Body @Nullable String body) {
    Form form = Form.of(body);
    RuleForm typed = RuleForm.of(form);
    String actor = form.text("actor");
    try {
      pages.checkMayChange();
      TaskId task = TaskPath.task(taskId);
      RuleEvaluation evaluation = rules.preview(task, typed.body(), form.actor());
      Map<String, Object> values = new HashMap<>();
      values.put("taskId", task.value());
      values.put("fields", typed.fields().entrySet());
      values.put("actor", actor == null ? "" : actor);
      values.put("requestId", UUID.randomUUID().toString());
      values.put("evaluation", evaluation);
      values.put("command", typed.command(task));
      return pages.html(HttpStatus.OK, "rule-preview", PAGE, values);
    } catch (DiffstreamException e) {
      return again(taskId, typed, actor, e);
    }
  }

  /** The form with what was typed, and what was wrong with it. */
  private HttpResponse<String> again(
      String taskId, RuleForm typed, @Nullable String actor, DiffstreamException e) {
    try {
      TaskId task = TaskPath.task(taskId);
      Map<String, Object> values =
          values(task, rules.history(task), typed, actor == null ? "" : actor);
      values.put("problem", e.reason());
      return pages.html(HttpStatus.valueOf(e.code().httpStatus()), "rules", PAGE, values);
    } catch (DiffstreamException deeper) {
      return pages.failure(PAGE, deeper);
    }
  }

  @Needs(Permission.OPERATE)
  @Post(consumes = MediaType.APPLICATION_FORM_URLENCODED, produces = MediaType.TEXT_HTML)
  HttpResponse<?> set(@PathVariable String taskId, @Body @Nullable String body) {
    Form form = Form.of(body);
    RuleForm typed = RuleForm.of(form);
    try {
      pages.checkMayChange();
      TaskId task = TaskPath.task(taskId);
      rules.put(task, typed.body(), form.actor(), form.required("requestId"));
      return Actors.remember(form.actor(), HttpResponse.seeOther(Links.rules(task)));
    } catch (DiffstreamException e) {
      return again(taskId, typed, form.text("actor"), e);
    }
  }

  @Needs(Permission.OPERATE)
  @Get(uri = "/remove", produces = MediaType.TEXT_HTML)
  HttpResponse<String> removal(@PathVariable String taskId, HttpRequest<?> request) {
    return pages.answer(
        "act",
        PAGE,
        () -> {
          pages.checkMayChange();
          TaskId task = TaskPath.task(taskId);
          return ActBuilder.builder()
              .title("Take the rule of " + task + " away")
              .button("Take it away")
              .effect("The task is learned again by hand alone. Corrections are kept.")
              .changes(List.of())
              .command("diffstream rules " + task + " --remove")
              .action("/console/tasks/" + task + "/rules/remove")
              .hidden(Map.of("requestId", UUID.randomUUID().toString()))
              .back("/console/tasks/" + task + "/rules")
              .actor(Actors.remembered(request))
              .build()
              .values();
        });
  }

  @Needs(Permission.OPERATE)
  @Post(
      uri = "/remove",
      consumes = MediaType.APPLICATION_FORM_URLENCODED,
      produces = MediaType.TEXT_HTML)
  HttpResponse<?> remove(@PathVariable String taskId, @Body @Nullable String body) {
    Form form = Form.of(body);
    return pages.change(
        PAGE,
        form,
        () -> {
          TaskId task = TaskPath.task(taskId);
          rules.remove(task, form.actor(), form.required("requestId"), form.text("reason"));
          return Links.rules(task);
        });
  }
}
