package dev.diffstream.registry.console.trial;

import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.console.Form;
import dev.diffstream.registry.console.Pages;
import dev.diffstream.registry.console.ShellCommand;
import dev.diffstream.registry.http.RegistryView;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A text asked of tasks, and of two versions side by side; a wrong answer is corrected there. */
@Hidden
@Controller("/console/try")
@ExecuteOn(TaskExecutors.BLOCKING)
final class TrialPages {
  private static final String PAGE = "try";
  private static final int MAX_TASKS = 20;
  private static final List<String> ALIASES =
      List.of(AliasGeneration.CHAMPION, AliasGeneration.CANARY, AliasGeneration.PREVIOUS);

  private final RegistryView registry;
  private final GatewayCall gateway;
  private final Pages pages;

  TrialPages(RegistryView registry, GatewayCall gateway, Pages pages) {
    this.registry = registry;
    this.gateway = gateway;
    this.pages = pages;
  }

  /**
   * A task that is asked.
   *
   * @param command that asks it
   */
  record Asked(String taskId, String command, List<TrialAnswer> answers) {}

  @Needs(Permission.VIEW)
  @Get(produces = MediaType.TEXT_HTML)
  HttpResponse<String> form(@QueryValue @Nullable String task) {
    return pages.answer(
        "try", PAGE, () -> values(Objects.requireNonNullElse(task, ""), "", "", false));
  }

  private Map<String, Object> values(String tasks, String text, String pair, boolean beside) {
    Map<String, Object> values = new HashMap<>();
    values.put("tasks", tasks);
    values.put("text", text);
    values.put("pair", pair);
    values.put("beside", beside);
    values.put("possible", gateway.isPossible());
    return values;
  }

  @Needs(Permission.PREDICT)
  @Post(consumes = MediaType.APPLICATION_FORM_URLENCODED, produces = MediaType.TEXT_HTML)
  HttpResponse<String> ask(@Body @Nullable String body) {
    Form form = Form.of(body);
    String tasks = Objects.requireNonNullElse(form.text("tasks"), "");
    String text = Objects.requireNonNullElse(form.text("text"), "");
    String pair = form.text("pair");
    boolean beside = form.text("beside") != null;
    Map<String, Object> values = values(tasks, text, Objects.requireNonNullElse(pair, ""), beside);
    try {
      if (text.isEmpty()) {
        throw new DiffstreamException(ErrorCode.INVALID_REQUEST, "there is no text to ask");
      }
      values.put(
          "asked", tasks(tasks).stream().map(task -> ask(task, text, pair, beside)).toList());
      return pages.html(HttpStatus.OK, "try", PAGE, values);
    } catch (DiffstreamException e) {
      values.put("problem", e.reason());
      return pages.html(HttpStatus.valueOf(e.code().httpStatus()), "try", PAGE, values);
    }
  }

  private List<TaskView> tasks(String typed) {
    List<String> ids =
        List.of(typed.strip().split("[\\s,]+")).stream().filter(id -> !id.isEmpty()).toList();
    if (ids.isEmpty() || ids.size() > MAX_TASKS) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "name 1 to " + MAX_TASKS + " tasks, got " + ids.size());
    }
    Map<String, TaskView> known = registry.snapshot().get().tasks();
    List<TaskView> tasks = new ArrayList<>();
    for (String id : ids) {
      TaskView task = known.get(id);
      if (task == null) {
        throw new DiffstreamException(
            ErrorCode.TASK_UNKNOWN, "no version of task " + Bounded.value(id) + " yet");
      }
      tasks.add(task);
    }
    return tasks;
  }

  /**
   * @param beside also of the canary, and of what served before
   */
  private Asked ask(TaskView task, String text, @Nullable String pair, boolean beside) {
    List<TrialAnswer> answers = new ArrayList<>();
    AliasGeneration generation = task.aliases();
    for (String alias : beside ? ALIASES : List.of(AliasGeneration.CHAMPION)) {
      AliasTarget target = generation == null ? null : generation.aliases().get(alias);
      if (target != null) {
        answers.add(answer(new TaskId(task.taskId()), alias, target.version(), text, pair));
      } else if (alias.equals(AliasGeneration.CHAMPION)) {
        answers.add(TrialAnswer.failed(task.taskId(), alias, 0, "nothing serves this task"));
      }
    }
    return new Asked(
        task.taskId(),
        ShellCommand.of("diffstream predict")
            .argument(task.taskId())
            .argument(text)
            .option("--pair", pair)
            .toString(),
        List.copyOf(answers));
  }

  private TrialAnswer answer(
      TaskId task, String alias, long version, String text, @Nullable String pair) {
    try {
      return TrialAnswer.of(task.value(), alias, version, gateway.ask(task, version, text, pair));
    } catch (DiffstreamException e) {
      return TrialAnswer.failed(task.value(), alias, version, e.reason());
    }
  }
}
