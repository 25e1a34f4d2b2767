package dev.diffstream.registry.console.task;

import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.console.ConfusionTable;
import dev.diffstream.registry.console.Fact;
import dev.diffstream.registry.console.Pages;
import dev.diffstream.registry.console.VersionAliases;
import dev.diffstream.registry.console.Words;
import dev.diffstream.registry.http.RegistryView;
import dev.diffstream.registry.lineage.Lineage;
import dev.diffstream.registry.lineage.LineageReader;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A version: how good it is, what it takes for what, and where it comes from. */
@Hidden
@Controller("/console/tasks/{taskId}/versions/{version}")
@ExecuteOn(TaskExecutors.BLOCKING)
final class VersionPages {
  private static final String PAGE = "tasks";

  private final RegistryView registry;
  private final LineageReader lineages;
  private final StoredReports reports;
  private final Pages pages;

  VersionPages(RegistryView registry, LineageReader lineages, Pages pages) {
    this.registry = registry;
    this.lineages = lineages;
    this.reports = new StoredReports(registry.store());
    this.pages = pages;
  }

  @Needs(Permission.VIEW)
  @Get(produces = MediaType.TEXT_HTML)
  HttpResponse<String> version(@PathVariable String taskId, @PathVariable long version) {
    return pages.answer("version", PAGE, () -> values(taskId, version));
  }

  private Map<String, Object> values(String taskId, long number) {
    TaskView task = registry.snapshot().get().tasks().get(taskId);
    VersionRecord version =
        (task == null ? Optional.<VersionRecord>empty() : task.version(number))
            .orElseThrow(
                () ->
                    new DiffstreamException(
                        ErrorCode.VERSION_UNKNOWN,
                        "no version " + number + " of task " + Bounded.value(taskId)));
    Lineage lineage = lineages.of(version);
    AliasGeneration aliases = Objects.requireNonNull(task).aliases();
    Map<String, Object> values = new HashMap<>();
    values.put("version", version);
    values.put("aliases", VersionAliases.of(version.version(), aliases));
    values.put("generation", aliases == null ? 0 : aliases.generation());
    values.put("deleted", lineage.deleted() != null);
    values.put("metrics", Words.metrics(version.metrics()));
    values.put("facts", facts(version, lineage));
    values.put("attempts", lineage.attempts());
    values.put("files", lineage.data() == null ? List.of() : orNone(lineage.data().files()));
    values.put(
        "settings",
        lineage.settings() == null
            ? List.of()
            : List.copyOf(new TreeMap<>(lineage.settings()).entrySet()));
    reports
        .find(version.report())
        .map(StoredReports.StoredReport::report)
        .ifPresent(report -> add(report, values));
    return values;
  }

  private static List<RunReport.DataFile> orNone(@Nullable List<RunReport.DataFile> files) {
    return files == null ? List.of() : files;
  }

  private static void add(RunReport report, Map<String, Object> values) {
    ConfusionTable.of(report).ifPresent(table -> values.put("confusion", table));
    RunReport.ChampionMetrics champion = report.champion();
    if (champion != null) {
      values.put("before", champion.version());
      values.put("beforeMetrics", Words.metrics(champion.metrics()));
    }
  }

  private static List<Fact> facts(VersionRecord version, Lineage lineage) {
    List<Fact> facts = new ArrayList<>();
    facts.add(new Fact("task", version.taskId(), "/console/tasks/" + version.taskId()));
    facts.add(new Fact("run", version.runId(), "/console/runs/" + version.runId()));
    facts.add(new Fact("event", lineage.event().id() + " of " + lineage.event().source(), null));
    facts.add(new Fact("accepted", Words.time(version.created()), null));
    facts.add(new Fact("objective", lineage.objective(), null));
    facts.add(new Fact("method", lineage.method() + ", " + version.precision(), null));
    if (version.pairEncoding() != null) {
      facts.add(new Fact("pairs read", version.pairEncoding(), null));
    }
    facts.add(new Fact("share changed", Words.number(100 * version.density()) + " %", null));
    facts.add(new Fact("size", Words.bytes(lineage.bytes()), null));
    facts.add(new Fact("digest", lineage.digest(), null));
    String name = lineage.base().name();
    facts.add(new Fact("base", (name == null ? "" : name + ", ") + lineage.base().digest(), null));
    if (!lineage.parents().isEmpty()) {
      facts.add(new Fact("made from", String.join(", ", lineage.parents()), null));
    }
    if (lineage.data() != null && lineage.data().digest() != null) {
      facts.add(new Fact("data digest", lineage.data().digest(), null));
    }
    if (lineage.environment() != null) {
      facts.add(new Fact("program", lineage.environment().program(), null));
      facts.add(new Fact("learned on", lineage.environment().device(), null));
    }
    if (lineage.traceparent() != null) {
      facts.add(new Fact("trace", lineage.traceparent(), null));
    }
    facts.add(new Fact("report", lineage.report().state().text(), null));
    String problem = lineage.provenance().problem();
    facts.add(
        new Fact(
            "provenance",
            lineage.provenance().state().text() + (problem == null ? "" : ": " + problem),
            "/v1/tasks/%s/versions/%d/lineage".formatted(version.taskId(), version.version())));
    return facts;
  }
}
