package dev.diffstream.registry.jobs;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.diffstream.registry.http.RequestBodies;
import dev.diffstream.registry.http.RequestId;
import dev.diffstream.registry.submission.CallerTrace;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.http.ActorHeader;
import dev.diffstream.service.http.RequestActor;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import java.util.List;
import java.util.Map;

/** Fine-tuning jobs, as clients of OpenAI's interface ask for them. */
@Controller("/v1/fine_tuning/jobs")
@ExecuteOn(TaskExecutors.BLOCKING)
final class JobsController {
  private final FineTuning fineTuning;

  JobsController(FineTuning fineTuning) {
    this.fineTuning = fineTuning;
  }

  /** The version that a job has led to, in the field names of its clients. */
  record Checkpoint(
      String id,
      String object,
      @JsonProperty("created_at") long createdAt,
      @JsonProperty("fine_tuned_model_checkpoint") String model,
      @JsonProperty("step_number") long step,
      Map<String, Double> metrics,
      @JsonProperty("fine_tuning_job_id") String job) {}

  @ActorHeader
  @Operation(
      summary = "Begins a job: a task event over files that were uploaded.",
      description =
          "The files hold chats whose last turn is the assistant's, prompts with completions, or texts with labels, as JSON Lines; what the assistant says must be a label. The task's id is the suffix.")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = JobRequest.class)))
  @Needs(Permission.SUBMIT)
  @Post(consumes = MediaType.ALL, produces = MediaType.APPLICATION_JSON)
  byte[] create(
      HttpRequest<?> http,
      @Nullable @Header(RequestId.HEADER) String requestId,
      @Body @Nullable byte[] body) {
    JobRequest request = RequestBodies.read(body, JobRequest.class);
    return Json.write(
        fineTuning.create(
            request,
            RequestId.of(requestId),
            RequestActor.of(http),
            CallerTrace.of(http.getHeaders())));
  }

  @ActorHeader
  @Operation(summary = "Jobs, newest first.")
  @Needs(Permission.VIEW)
  @Get(produces = MediaType.APPLICATION_JSON)
  byte[] jobs(@QueryValue @Nullable String after, @QueryValue @Nullable Integer limit) {
    return Json.write(Listing.of(fineTuning.jobs(), Job::id, after, limit));
  }

  @ActorHeader
  @Operation(summary = "A job.")
  @Needs(Permission.VIEW)
  @Get(uri = "/{jobId}", produces = MediaType.APPLICATION_JSON)
  byte[] job(@PathVariable String jobId) {
    return Json.write(fineTuning.job(Job.runId(jobId)));
  }

  @ActorHeader
  @Operation(summary = "What happened to a job, newest first.")
  @Needs(Permission.VIEW)
  @Get(uri = "/{jobId}/events", produces = MediaType.APPLICATION_JSON)
  byte[] events(
      @PathVariable String jobId,
      @QueryValue @Nullable String after,
      @QueryValue @Nullable Integer limit) {
    return Json.write(
        Listing.of(fineTuning.events(Job.runId(jobId)), JobEvents.JobEvent::id, after, limit));
  }

  @ActorHeader
  @Operation(summary = "The version that a job has led to, if there is one.")
  @Needs(Permission.VIEW)
  @Get(uri = "/{jobId}/checkpoints", produces = MediaType.APPLICATION_JSON)
  byte[] checkpoints(
      @PathVariable String jobId,
      @QueryValue @Nullable String after,
      @QueryValue @Nullable Integer limit) {
    Job job = fineTuning.job(Job.runId(jobId));
    List<Checkpoint> checkpoints =
        job.fineTunedModel() == null
            ? List.of()
            : List.of(
                new Checkpoint(
                    "ftckpt-" + job.id().substring(6),
                    "fine_tuning.job.checkpoint",
                    job.finishedAt() == null ? job.createdAt() : job.finishedAt(),
                    job.fineTunedModel(),
                    0,
                    Map.of(),
                    job.id()));
    return Json.write(Listing.of(checkpoints, Checkpoint::id, after, limit));
  }

  @ActorHeader
  @Operation(summary = "Cancels, pauses or resumes a job.")
  @Needs(Permission.SUBMIT)
  @Post(
      uri = "/{jobId}/{action:cancel|pause|resume}",
      consumes = MediaType.ALL,
      produces = MediaType.APPLICATION_JSON)
  byte[] ask(
      @PathVariable String jobId,
      @PathVariable String action,
      HttpRequest<?> http,
      @Nullable @Header(RequestId.HEADER) String requestId) {
    return Json.write(
        fineTuning.ask(Job.runId(jobId), action, RequestActor.of(http), RequestId.of(requestId)));
  }
}
