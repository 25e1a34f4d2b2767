package dev.diffstream.registry.openlineage;

import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunReport;
import io.openlineage.client.OpenLineage;
import io.openlineage.client.OpenLineage.ExecutionParameter;
import io.openlineage.client.OpenLineage.Job;
import io.openlineage.client.OpenLineage.Run;
import io.openlineage.client.OpenLineage.RunEvent;
import io.openlineage.client.OpenLineage.RunEvent.EventType;
import io.openlineage.client.OpenLineage.RunFacetsBuilder;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is told of runs. A job is a task, a run is a run, the output is the task's model in a new
 * version. The same run and the same facts give the same event, so that a receiver which hears of
 * it twice knows it.
 */
final class RunEvents {
  static final URI PRODUCER = URI.create("https://diffstream.dev/registry");

  private final OpenLineage openLineage = new OpenLineage(PRODUCER);
  private final String namespace;
  private final Datasets datasets;

  RunEvents(String namespace) {
    this.namespace = namespace;
    this.datasets = new Datasets(openLineage, namespace);
  }

  /** OpenLineage names runs by UUIDs: this one is computed from the run's name (version 3). */
  static UUID runId(String runId) {
    return UUID.nameUUIDFromBytes(runId.getBytes(StandardCharsets.UTF_8));
  }

  /** A worker has begun the run's first attempt. */
  RunEvent started(String runId, String taskId, Instant time) {
    return openLineage
        .newRunEventBuilder()
        .eventType(EventType.START)
        .eventTime(utc(time))
        .run(run(runId, facets(runId, null)))
        .job(job(taskId))
        .build();
  }

  /** The run's diff is a version. */
  RunEvent versioned(VersionRecord version, @Nullable RunReport report) {
    return openLineage
        .newRunEventBuilder()
        .eventType(EventType.COMPLETE)
        .eventTime(utc(version.created()))
        .run(run(version.runId(), facets(version.runId(), report)))
        .job(job(version.taskId()))
        .inputs(datasets.inputs(version, report))
        .outputs(List.of(datasets.output(version)))
        .build();
  }

  /** The run ended without a version; one that was cancelled did not fail. */
  RunEvent failed(RunFailed failure, Instant time, @Nullable RunReport report) {
    boolean cancelled = failure.errorCode().is(ErrorCode.CANCELLED);
    RunFacetsBuilder facets =
        facets(failure.runId(), report)
            .errorMessage(
                openLineage
                    .newErrorMessageRunFacetBuilder()
                    .message(failure.errorCode().name() + ": " + failure.message())
                    .programmingLanguage("Java")
                    .stackTrace(stackTrace(report))
                    .build());
    return openLineage
        .newRunEventBuilder()
        .eventType(cancelled ? EventType.ABORT : EventType.FAIL)
        .eventTime(utc(time))
        .run(run(failure.runId(), facets))
        .job(job(failure.taskId()))
        .inputs(datasets.files(report))
        .build();
  }

  private Run run(String runId, RunFacetsBuilder facets) {
    return openLineage.newRun(runId(runId), facets.build());
  }

  private Job job(String taskId) {
    return openLineage.newJob(
        namespace,
        taskId,
        openLineage
            .newJobFacetsBuilder()
            .jobType(
                openLineage
                    .newJobTypeJobFacetBuilder()
                    .processingType("BATCH")
                    .integration("DIFFSTREAM")
                    .jobType("TRAINING")
                    .build())
            .build());
  }

  private RunFacetsBuilder facets(String runId, @Nullable RunReport report) {
    RunFacetsBuilder facets =
        openLineage
            .newRunFacetsBuilder()
            .tags(
                openLineage.newTagsRunFacet(
                    List.of(openLineage.newTagsRunFacetFields("runId", runId, "diffstream"))));
    RunReport.Environment environment = report == null ? null : report.environment();
    if (environment != null) {
      facets.processing_engine(
          openLineage.newProcessingEngineRunFacet(
              environment.program(), "diffstream", environment.codeVersion()));
    }
    Map<String, String> settings = report == null ? null : report.settings();
    if (settings != null) {
      facets.executionParameters(
          openLineage.newExecutionParametersRunFacet(
              new TreeMap<>(settings).entrySet().stream().map(this::parameter).toList()));
    }
    return facets;
  }

  private ExecutionParameter parameter(Map.Entry<String, String> setting) {
    return openLineage
        .newExecutionParameterBuilder()
        .key(setting.getKey())
        .value(setting.getValue())
        .build();
  }

  private static @Nullable String stackTrace(@Nullable RunReport report) {
    RunReport.Failure failure = report == null ? null : report.failure();
    return failure == null ? null : failure.stackTrace();
  }

  private static ZonedDateTime utc(Instant time) {
    return time.atZone(ZoneOffset.UTC);
  }
}
