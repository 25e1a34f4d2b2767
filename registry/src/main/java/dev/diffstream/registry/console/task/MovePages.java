package dev.diffstream.registry.console.task;

import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.console.ActBuilder;
import dev.diffstream.registry.console.Actors;
import dev.diffstream.registry.console.Change;
import dev.diffstream.registry.console.Form;
import dev.diffstream.registry.console.Links;
import dev.diffstream.registry.console.Pages;
import dev.diffstream.registry.console.Words;
import dev.diffstream.registry.http.RegistryView;
import dev.diffstream.registry.move.MoveRequest;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.Move;
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
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Moves and deletions: each first shows what it would do, and the command that does the same. */
@Hidden
@Controller("/console/tasks/{taskId}")
@ExecuteOn(TaskExecutors.BLOCKING)
final class MovePages {
  private static final String PAGE = "tasks";

  private final RegistryView registry;
  private final Pages pages;

  MovePages(RegistryView registry, Pages pages) {
    this.registry = registry;
    this.pages = pages;
  }

  @Needs(Permission.OPERATE)
  @Get(uri = "/move", produces = MediaType.TEXT_HTML)
  HttpResponse<String> preview(
      @PathVariable String taskId, HttpRequest<?> request, @QueryValue String kind) {
    Form form = Form.of(request.getUri().getRawQuery());
    return pages.answer(
        "act", PAGE, () -> preview(task(taskId), kind, form, Actors.remembered(request), null));
  }

  private Map<String, Object> preview(
      TaskId task, String kind, Form form, String actor, @Nullable String problem) {
    pages.checkMayChange();
    AliasGeneration before =
        registry.history().page(task, Long.MAX_VALUE, 1).stream()
            .findFirst()
            .orElseThrow(
                () ->
                    new DiffstreamException(ErrorCode.TASK_UNKNOWN, "no aliases of task " + task));
    List<Change> changes =
        problem == null
            ? changes(
                before,
                registry.moves().preview(task, request(kind, form, before.generation(), "preview")))
            : List.of();
    Map<String, String> hidden = new HashMap<>();
    hidden.put("kind", kind);
    hidden.put("generation", Long.toString(before.generation()));
    hidden.put("requestId", UUID.randomUUID().toString());
    Long version = form.number("version");
    if (version != null) {
      hidden.put("version", version.toString());
    }
    return ActBuilder.builder()
        .title(title(kind, version, task))
        .button(title(kind, null, null))
        .effect(effect(kind))
        .changes(changes)
        .command(command(task, kind, form, before.generation()))
        .action("/console/tasks/" + task + "/move")
        .hidden(hidden)
        .back("/console/tasks/" + task)
        .actor(actor)
        .weight(kind.equals(Move.CANARY) ? form.text("weight") : null)
        .reason(form.text("reason"))
        .problem(problem)
        .build()
        .values();
  }

  @Needs(Permission.OPERATE)
  @Post(
      uri = "/move",
      consumes = MediaType.APPLICATION_FORM_URLENCODED,
      produces = MediaType.TEXT_HTML)
  HttpResponse<?> move(@PathVariable String taskId, @Body @Nullable String body) {
    Form form = Form.of(body);
    try {
      pages.checkMayChange();
      TaskId task = task(taskId);
      Long generation = form.number("generation");
      AliasGeneration made =
          registry
              .moves()
              .move(
                  task,
                  request(
                      form.required("kind"),
                      form,
                      generation == null ? 0 : generation,
                      form.required("requestId")));
      registry.moved().accept(made);
      return Actors.remember(form.actor(), HttpResponse.seeOther(Links.task(task)));
    } catch (DiffstreamException e) {
      return again(taskId, form, e);
    }
  }

  /** The form with what was typed, and what was wrong with it. */
  private HttpResponse<String> again(String taskId, Form form, DiffstreamException e) {
    boolean stale = e.code() == ErrorCode.STALE_GENERATION;
    if (!stale && e.code() != ErrorCode.INVALID_REQUEST) {
      return pages.failure(PAGE, e);
    }
    try {
      TaskId task = task(taskId);
      if (stale) {
        registry.overtaken().accept(task);
      }
      String actor = java.util.Objects.requireNonNullElse(form.text("actor"), "");
      return pages.html(
          HttpStatus.valueOf(e.code().httpStatus()),
          "act",
          PAGE,
          preview(task, form.required("kind"), form, actor, e.getMessage()));
    } catch (DiffstreamException deeper) {
      return pages.failure(PAGE, deeper);
    }
  }

  @Needs(Permission.OPERATE)
  @Get(uri = "/delete", produces = MediaType.TEXT_HTML)
  HttpResponse<String> deletion(
      @PathVariable String taskId, @QueryValue long version, HttpRequest<?> request) {
    return pages.answer(
        "act",
        PAGE,
        () -> {
          pages.checkMayChange();
          TaskId task = task(taskId);
          return ActBuilder.builder()
              .title("Delete version " + version + " of " + task)
              .button("Delete")
              .effect(
                  "The version can be promoted no more, and its number is never given again. The bytes of its diff are removed a day later, if nothing else uses them.")
              .changes(List.of())
              .command("diffstream delete " + task + " " + version)
              .action("/console/tasks/" + task + "/delete")
              .hidden(Map.of("version", Long.toString(version)))
              .back("/console/tasks/" + task)
              .actor(Actors.remembered(request))
              .build()
              .values();
        });
  }

  @Needs(Permission.OPERATE)
  @Post(
      uri = "/delete",
      consumes = MediaType.APPLICATION_FORM_URLENCODED,
      produces = MediaType.TEXT_HTML)
  HttpResponse<?> delete(@PathVariable String taskId, @Body @Nullable String body) {
    Form form = Form.of(body);
    return pages.change(
        PAGE,
        form,
        () -> {
          TaskId task = task(taskId);
          Long version = form.number("version");
          registry
              .deletion()
              .delete(
                  task,
                  version == null ? 0 : version,
                  form.actor().text(),
                  null,
                  form.text("reason"));
          return Links.task(task);
        });
  }

  private static MoveRequest request(String kind, Form form, long generation, String requestId) {
    ActorName actor = form.actor();
    return new MoveRequest(
        kind,
        form.number("version"),
        kind.equals(Move.CANARY) ? form.decimal("weight") : null,
        generation,
        requestId,
        actor.text(),
        form.text("reason"));
  }

  private static List<Change> changes(AliasGeneration before, AliasGeneration after) {
    TreeSet<String> names = new TreeSet<>(before.aliases().keySet());
    names.addAll(after.aliases().keySet());
    List<Change> changes = new ArrayList<>();
    for (String name : names) {
      changes.add(
          new Change(
              name,
              Words.alias(before.aliases().get(name)),
              Words.alias(after.aliases().get(name))));
    }
    return changes;
  }

  private static String title(String kind, @Nullable Long version, @Nullable TaskId task) {
    String verb =
        switch (kind) {
          case Move.PROMOTE -> "Promote";
          case Move.ROLL_BACK -> "Roll back";
          case Move.WITHDRAW -> "Withdraw";
          case Move.CANARY -> "Try as canary";
          default -> "Move";
        };
    return verb
        + (version == null ? "" : " version " + version)
        + (task == null ? "" : " of " + task);
  }

  private static String effect(String kind) {
    return switch (kind) {
      case Move.PROMOTE -> "Every gateway answers by this version within a second.";
      case Move.ROLL_BACK -> "Every gateway answers by the previous version within a second.";
      case Move.WITHDRAW ->
          "Requests for the task are answered TASK_UNKNOWN until a version is promoted or a new one accepted. Nothing is deleted.";
      case Move.CANARY -> "This version answers a share of the requests, beside the champion.";
      default -> "";
    };
  }

  private static String command(TaskId task, String kind, Form form, long generation) {
    String arguments =
        switch (kind) {
          case Move.PROMOTE -> "promote " + task + " " + form.number("version");
          case Move.CANARY ->
              "canary " + task + " " + form.number("version") + " --weight " + form.text("weight");
          case Move.ROLL_BACK -> "rollback " + task;
          default -> {
            Long version = form.number("version");
            yield "withdraw " + task + (version == null ? "" : " --version-number " + version);
          }
        };
    return "diffstream " + arguments + " --generation " + generation;
  }

  private TaskId task(String id) {
    TaskView task = registry.snapshot().get().tasks().get(id);
    if (task == null || !TaskId.isValid(id)) {
      throw new DiffstreamException(
          ErrorCode.TASK_UNKNOWN, "no version of task " + Bounded.value(id) + " yet");
    }
    return new TaskId(id);
  }
}
