package dev.diffstream.registry.console.run;

import dev.diffstream.registry.catalog.RegistrySnapshot;
import dev.diffstream.registry.console.Filter;
import dev.diffstream.registry.console.Pages;
import dev.diffstream.registry.http.RegistryView;
import dev.diffstream.registry.runs.RunFilter;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs side by side: those that are named, or the newest that a filter leaves. */
@Hidden
@Controller("/console/runs/compare")
@ExecuteOn(TaskExecutors.BLOCKING)
final class ComparePages {
  private static final String PAGE = "runs";

  /** Each is a listing and a read of the bucket. */
  private static final int MOST = 200;

  private final RegistryView registry;
  private final StoredReports reports;
  private final Pages pages;

  ComparePages(RegistryView registry, Pages pages) {
    this.registry = registry;
    this.reports = new StoredReports(registry.store());
    this.pages = pages;
  }

  @Needs(Permission.VIEW)
  @Get(produces = MediaType.TEXT_HTML)
  HttpResponse<String> compare(
      @QueryValue @Nullable List<String> run,
      @QueryValue @Nullable String state,
      @QueryValue @Nullable String task,
      @QueryValue @Nullable String owner,
      @QueryValue @Nullable String all) {
    return pages.answer(
        "compare",
        PAGE,
        () -> {
          boolean everything = "true".equals(all);
          List<RunView> runs =
              run == null || run.isEmpty() ? newest(task, state, owner) : named(run);
          Instant now = Instant.now();
          List<ComparedRun> compared =
              runs.stream()
                  .map(one -> ComparedRun.of(RunRow.of(one, now), reports.attempts(one.runId())))
                  .toList();
          Map<String, Object> values = new HashMap<>();
          values.put("table", Comparison.of(compared, everything));
          values.put("all", everything);
          values.put("named", run == null ? List.of() : run);
          values.put("state", Filter.shown(state));
          values.put("task", Filter.shown(task));
          values.put("owner", Filter.shown(owner));
          return values;
        });
  }

  private List<RunView> newest(
      @Nullable String task, @Nullable String state, @Nullable String owner) {
    return registry.snapshot().get().runIndex().page(new RunFilter(task, state, owner), null, MOST);
  }

  private List<RunView> named(List<String> ids) {
    if (ids.size() > MOST) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "at most " + MOST + " runs are compared at a time, got " + ids.size());
    }
    RegistrySnapshot snapshot = registry.snapshot().get();
    return ids.stream().distinct().map(id -> find(snapshot, id)).toList();
  }

  private static RunView find(RegistrySnapshot snapshot, String id) {
    return snapshot
        .run(id)
        .orElseThrow(
            () -> new DiffstreamException(ErrorCode.TASK_UNKNOWN, "no run " + Bounded.value(id)));
  }
}
