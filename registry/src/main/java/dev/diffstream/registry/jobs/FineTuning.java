package dev.diffstream.registry.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.http.RegistryView;
import dev.diffstream.registry.jobs.TrainingRows.Use;
import dev.diffstream.registry.runs.RunControls;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.runs.Submission;
import dev.diffstream.registry.submission.StagedFile;
import dev.diffstream.registry.submission.TaskSubmissions;
import dev.diffstream.registry.submission.TaskSubmissions.Draft;
import dev.diffstream.registry.submission.UploadedFiles;
import dev.diffstream.registry.submission.UploadedFiles.UploadedFile;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.schemas.registry.SubmissionClaim;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Fine-tuning jobs over tasks and runs: a job is a task event that names files which were uploaded
 * before. Thread-safe.
 */
public final class FineTuning {
  private static final long MAX_BYTES = 64 << 20;

  private final RegistryView registry;
  private final TaskSubmissions submissions;
  private final UploadedFiles files;
  private final RunControls controls;

  public FineTuning(
      RegistryView registry,
      ObjectStore store,
      TaskSubmissions submissions,
      UploadedFiles files,
      InstantSource clock) {
    this.registry = registry;
    this.submissions = submissions;
    this.files = files;
    this.controls = new RunControls(store, clock);
  }

  UploadedFiles files() {
    return files;
  }

  /**
   * Takes the rows of the files over into the task's own data, and sends its event.
   *
   * @throws DiffstreamException INVALID_RECORD or TOO_FEW_EXAMPLES for files that are no
   *     classification, before anything is sent
   */
  Job create(JobRequest request, String requestId, ActorName actor, Map<String, String> trace) {
    String run = TaskSubmissions.runId(requestId);
    String digest = Sha256.of(Json.write(request));
    if (submissions.repeated(requestId, digest, trace).isPresent()) {
      return job(run);
    }
    ObjectNode event = event(request, task(request.suffix(), run), actor);
    Map<String, StagedFile> rows = new HashMap<>();
    try {
      rows.put("train", rows(request.trainingFile(), Use.TRAINING));
      if (request.validationFile() != null) {
        rows.put("test", rows(request.validationFile(), Use.HELD_OUT));
      }
      submissions.submit(new Draft(event, rows, requestId, digest, trace));
    } finally {
      rows.values().forEach(StagedFile::close);
    }
    return job(run);
  }

  private StagedFile rows(String fileId, Use use) {
    UploadedFile file = files.get(fileId);
    if (file.bytes() > MAX_BYTES) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "file %s has %d bytes, a job takes at most %d"
              .formatted(fileId, file.bytes(), MAX_BYTES));
    }
    return StagedFile.of(
        "rows.jsonl",
        out -> {
          try (InputStream in = files.open(fileId)) {
            TrainingRows.convert(in, file.filename(), use, out);
          }
        });
  }

  /** As the run will be known once the registrar has read the event. */
  private static RunView sent(SubmissionClaim claim) {
    return RunView.of(claim.runId(), claim.taskId(), claim.created())
        .withSubmission(submission(claim.event(), claim.created()));
  }

  private static Submission submission(JsonNode event, Instant sent) {
    Map<String, String> labels = new HashMap<>();
    event
        .path("labels")
        .properties()
        .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
    return new Submission(
        "",
        sent,
        event.path("owner").asText(),
        labels,
        0,
        event.hasNonNull("base") ? event.path("base").asText() : null,
        Submission.State.WAITING,
        false,
        0,
        null);
  }

  private static TaskId task(@Nullable String suffix, String run) {
    if (suffix == null) {
      return new TaskId("ft-" + run.substring(4, 16));
    }
    if (!TaskId.isValid(suffix)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "suffix is the task's id and must be "
              + "1 to 63 of a-z, 0-9, '.', '_' and '-', a letter or digit first, got: "
              + Bounded.value(suffix));
    }
    return new TaskId(suffix);
  }

  private ObjectNode event(JobRequest request, TaskId task, ActorName actor) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("taskId", task.value()).put("objective", Objective.CLASSIFICATION.text());
    if (!request.model().equals("default")) {
      event.put("base", request.model());
    }
    String tenant = submissions.tenant();
    event.put("owner", tenant == null ? actor.text() : tenant);
    ObjectNode labels = event.putObject("labels");
    labels.put(Job.TRAINING_FILE, request.trainingFile());
    if (request.validationFile() != null) {
      labels.put(Job.VALIDATION_FILE, request.validationFile());
    }
    if (request.seed() != null) {
      labels.put(Job.SEED, request.seed().toString());
      event.putObject("settings").put("seed", request.seed());
    }
    return event;
  }

  /**
   * @param runId of the job's run
   */
  Job job(String runId) {
    RunView run = run(runId);
    return Job.of(run, Objects.requireNonNull(run.submission()));
  }

  private RunView run(String runId) {
    RunView run =
        known(runId).or(() -> submissions.claim(runId).map(FineTuning::sent)).orElse(null);
    if (run == null || !Job.isJob(run)) {
      throw new DiffstreamException(
          ErrorCode.TASK_UNKNOWN, "no job " + Bounded.value(Job.id(checked(runId))));
    }
    return run;
  }

  private Optional<RunView> known(String runId) {
    return registry.snapshot().get().run(runId);
  }

  private static String checked(String runId) {
    return runId.startsWith("run-") ? runId : "run-" + runId;
  }

  /** Newest first. */
  List<Job> jobs() {
    return registry.snapshot().get().runs().values().stream()
        .filter(Job::isJob)
        .sorted(
            Comparator.<RunView, Instant>comparing(
                    run -> Objects.requireNonNull(run.submission()).submitted())
                .reversed()
                .thenComparing(RunView::runId))
        .map(run -> Job.of(run, Objects.requireNonNull(run.submission())))
        .toList();
  }

  List<JobEvents.JobEvent> events(String runId) {
    RunView run = run(runId);
    return JobEvents.of(
        run,
        Objects.requireNonNull(run.submission()),
        registry.progress().get().of(runId),
        controls.of(runId));
  }

  Job ask(String runId, String action, ActorName actor, String requestId) {
    run(runId);
    if (known(runId).isEmpty()) {
      throw new DiffstreamException(
          ErrorCode.NOT_READY,
          "job " + Job.id(runId) + " was taken a moment ago; this registry has not read it yet");
    }
    registry.requests().ask(runId, action, actor.text(), requestId, null);
    return job(runId);
  }
}
