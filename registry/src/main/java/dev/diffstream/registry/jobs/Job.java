package dev.diffstream.registry.jobs;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.runs.Submission;
import dev.diffstream.schemas.event.RunFailed;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A fine-tuning job, in the field names of its clients.
 *
 * @param id {@code ftjob-} and what follows {@code run-} in the id of its run
 * @param fineTunedModel the task, which gateways serve by that name; null until it is served
 */
@RecordBuilder
@JsonInclude(JsonInclude.Include.ALWAYS)
record Job(
    String id,
    String object,
    @JsonProperty("created_at") long createdAt,
    @JsonProperty("finished_at") @Nullable Long finishedAt,
    String model,
    @JsonProperty("fine_tuned_model") @Nullable String fineTunedModel,
    @JsonProperty("organization_id") String organizationId,
    String status,
    Map<String, Object> hyperparameters,
    @JsonProperty("training_file") String trainingFile,
    @JsonProperty("validation_file") @Nullable String validationFile,
    @JsonProperty("result_files") List<String> resultFiles,
    @JsonProperty("trained_tokens") @Nullable Long trainedTokens,
    @Nullable Fault error,
    long seed,
    @JsonProperty("estimated_finish") @Nullable Long estimatedFinish,
    List<Object> integrations,
    Map<String, String> metadata,
    Map<String, Object> method) {
  static final String TRAINING_FILE = "training-file";
  static final String VALIDATION_FILE = "validation-file";
  static final String SEED = "seed";
  private static final String PREFIX = "ftjob-";
  private static final String RUN_PREFIX = "run-";

  /** Why a job failed. */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Fault(String code, String message, @Nullable String param) {}

  static String id(String runId) {
    return PREFIX + runId.substring(RUN_PREFIX.length());
  }

  static String runId(String jobId) {
    return jobId.startsWith(PREFIX) ? RUN_PREFIX + jobId.substring(PREFIX.length()) : jobId;
  }

  /** Whether the run was begun by a job. */
  static boolean isJob(RunView run) {
    return run.submission() != null && run.submission().labels().containsKey(TRAINING_FILE);
  }

  static Job of(RunView run, Submission event) {
    boolean succeeded = run.version() > 0;
    boolean ended = run.hasEnded();
    RunFailed failure = succeeded ? null : run.failure();
    Map<String, Object> auto = new HashMap<>();
    for (String name : List.of("n_epochs", "batch_size", "learning_rate_multiplier")) {
      auto.put(name, "auto");
    }
    return JobBuilder.builder()
        .id(id(run.runId()))
        .object("fine_tuning.job")
        .createdAt(event.submitted().getEpochSecond())
        .finishedAt(ended ? (Long) run.updated().getEpochSecond() : null)
        .model(event.base() == null ? "default" : event.base())
        .fineTunedModel(succeeded ? run.taskId() : null)
        .organizationId(event.owner() == null ? "diffstream" : event.owner())
        .status(status(run))
        .hyperparameters(auto)
        .trainingFile(event.labels().getOrDefault(TRAINING_FILE, ""))
        .validationFile(event.labels().get(VALIDATION_FILE))
        .resultFiles(List.of())
        .error(
            failure == null ? null : new Fault(failure.errorCode().name(), failure.message(), null))
        .seed(seed(event.labels().getOrDefault(SEED, "0")))
        .integrations(List.of())
        .metadata(Map.of("run", run.runId(), "task", run.taskId()))
        .method(Map.of("type", "supervised", "supervised", Map.of("hyperparameters", auto)))
        .build();
  }

  /** Labels are anybody's: another producer may have set it to anything. */
  private static long seed(String label) {
    try {
      return Long.parseLong(label);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static String status(RunView run) {
    return switch (run.state()) {
      case "versioned" -> "succeeded";
      case "published" -> "running";
      default -> run.state();
    };
  }
}
