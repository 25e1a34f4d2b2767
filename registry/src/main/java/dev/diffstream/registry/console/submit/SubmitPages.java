package dev.diffstream.registry.console.submit;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.registry.console.Actors;
import dev.diffstream.registry.console.Form;
import dev.diffstream.registry.console.Pages;
import dev.diffstream.registry.console.ShellCommand;
import dev.diffstream.registry.console.submit.DataPreview.Choice;
import dev.diffstream.registry.submission.CallerTrace;
import dev.diffstream.registry.submission.FormParts;
import dev.diffstream.registry.submission.StagedFile;
import dev.diffstream.registry.submission.TaskSubmissions;
import dev.diffstream.registry.submission.TaskSubmissions.Draft;
import dev.diffstream.registry.submission.TaskSubmissions.Submitted;
import dev.diffstream.registry.submission.UploadedFiles;
import dev.diffstream.registry.submission.UploadedFiles.UploadedFile;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A task from a file that is dropped on a page: looked at first, then sent as its event. */
@Hidden
@Controller("/console/submit")
@ExecuteOn(TaskExecutors.BLOCKING)
final class SubmitPages {
  private static final String PAGE = "submit";
  private static final List<String> FIELDS = List.of("taskId", "actor", "base");

  private final Pages pages;
  private final TaskSubmissions submissions;
  private final UploadedFiles files;

  SubmitPages(Pages pages, TaskSubmissions submissions, UploadedFiles files) {
    this.pages = pages;
    this.submissions = submissions;
    this.files = files;
  }

  @Needs(Permission.SUBMIT)
  @Get(produces = MediaType.TEXT_HTML)
  HttpResponse<String> form(HttpRequest<?> request) {
    return pages.answer(
        "submit",
        PAGE,
        () -> {
          pages.checkMayChange();
          return Map.of("actor", Actors.remembered(request));
        });
  }

  @Needs(Permission.SUBMIT)
  @Post(uri = "/preview", consumes = MediaType.MULTIPART_FORM_DATA, produces = MediaType.TEXT_HTML)
  HttpResponse<String> preview(
      @Header(HttpHeaders.CONTENT_TYPE) String type, @Body InputStream body) {
    Map<String, String> typed = new HashMap<>();
    try (FormParts form = FormParts.of(type, body, Set.copyOf(FIELDS), Set.of("file"))) {
      pages.checkMayChange();
      FIELDS.forEach(field -> form.text(field).ifPresent(value -> typed.put(field, value.strip())));
      StagedFile file = form.requiredFile("file");
      checkTask(typed.getOrDefault("taskId", ""));
      try (InputStream content = file.open()) { // refused before it is kept
        DataPreview.of(content, file.name(), new Choice(null, null));
      }
      try (InputStream content = file.open()) {
        typed.put("file", files.put(file.name(), "console", content).id());
      }
      return shown(typed, new Choice(null, null));
    } catch (DiffstreamException e) {
      return again(typed, e);
    } catch (IOException e) {
      return again(
          typed,
          new DiffstreamException(ErrorCode.INVALID_REQUEST, "the file cannot be read: " + e, e));
    }
  }

  /** The form with what was typed; a browser keeps no file. */
  private HttpResponse<String> again(Map<String, String> typed, DiffstreamException e) {
    Map<String, Object> values = new HashMap<>(typed);
    values.put("problem", e.reason());
    return pages.html(HttpStatus.valueOf(e.code().httpStatus()), "submit", PAGE, values);
  }

  @Needs(Permission.SUBMIT)
  @Post(
      uri = "/columns",
      consumes = MediaType.APPLICATION_FORM_URLENCODED,
      produces = MediaType.TEXT_HTML)
  HttpResponse<String> columns(@Body @Nullable String body) {
    Form form = Form.of(body);
    try {
      pages.checkMayChange();
      return shown(typed(form), choice(form));
    } catch (DiffstreamException e) {
      return again(typed(form), e);
    }
  }

  private static Map<String, String> typed(Form form) {
    Map<String, String> typed = new HashMap<>();
    for (String field : List.of("taskId", "actor", "base", "file")) {
      String value = form.text(field);
      if (value != null) {
        typed.put(field, value);
      }
    }
    return typed;
  }

  private static Choice choice(Form form) {
    return new Choice(form.text("text"), form.text("label"));
  }

  private HttpResponse<String> shown(Map<String, String> typed, Choice choice) {
    String task = checkTask(typed.getOrDefault("taskId", "")).value();
    UploadedFile file = files.get(typed.getOrDefault("file", ""));
    DataPreview preview = look(file, choice);
    Map<String, Object> values = new HashMap<>(typed);
    values.put("name", file.filename());
    values.put("preview", preview);
    values.put(
        "command",
        ShellCommand.of("diffstream submit")
                .argument(task)
                .option("--data", file.filename())
                .option("--text-column", preview.text())
                .option("--label-column", preview.label())
                .toString()
            + " --wait");
    return pages.html(HttpStatus.OK, "submit-preview", PAGE, values);
  }

  private DataPreview look(UploadedFile file, Choice choice) {
    try (InputStream content = files.open(file.id())) {
      return DataPreview.of(content, file.filename(), choice);
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.DATA_UNREADABLE, "file " + file.id() + " cannot be read: " + e, e);
    }
  }

  private static TaskId checkTask(String id) {
    if (!TaskId.isValid(id)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "a task's id is 1 to 63 of a-z, 0-9, '.', '_' and '-', a letter or digit first, got: "
              + Bounded.value(id));
    }
    return new TaskId(id);
  }

  /** The file's id is the request's: a form that is sent twice is one event. */
  @Needs(Permission.SUBMIT)
  @Post(
      uri = "/send",
      consumes = MediaType.APPLICATION_FORM_URLENCODED,
      produces = MediaType.TEXT_HTML)
  HttpResponse<?> send(HttpHeaders headers, @Body @Nullable String body) {
    Form form = Form.of(body);
    try {
      pages.checkMayChange();
      UploadedFile file = files.get(form.required("file"));
      DataPreview preview = look(file, choice(form));
      if (preview.problem() != null) {
        return shown(typed(form), choice(form));
      }
      Submitted sent;
      try (StagedFile rows = StagedFile.of(file.filename(), files.open(file.id()))) {
        sent =
            submissions.submit(
                Draft.of(
                    event(form, preview),
                    Map.of("train", rows),
                    file.id(),
                    CallerTrace.of(headers)));
      }
      return Actors.remember(
          form.actor(),
          HttpResponse.seeOther(
              URI.create("/console/submit/sent?run=" + sent.runId() + "&task=" + sent.taskId())));
    } catch (DiffstreamException e) {
      return again(typed(form), e);
    }
  }

  private ObjectNode event(Form form, DataPreview preview) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("taskId", checkTask(form.required("taskId")).value());
    event.put("objective", Objective.CLASSIFICATION.text());
    event
        .putObject("data")
        .putObject("columns")
        .put("text", preview.text())
        .put("label", preview.label());
    String base = form.text("base");
    if (base != null) {
      event.put("base", base);
    }
    ActorName actor = form.actor();
    if (!actor.equals(ActorName.ANONYMOUS) && submissions.tenant() == null) {
      event.put("owner", actor.text());
    }
    return event;
  }

  @Needs(Permission.SUBMIT)
  @Get(uri = "/sent", produces = MediaType.TEXT_HTML)
  HttpResponse<String> sent(@QueryValue String run, @QueryValue String task) {
    return pages.answer("submit-sent", PAGE, () -> Map.of("run", run, "task", task));
  }
}
