package dev.diffstream.schemas.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;

/**
 * What a request to send a task event was for: {@code submissions/<run id>.json}, written before
 * the event is sent. A request that is made again, by the id that its caller gave it, is compared
 * with it.
 *
 * @param runId of the run that the event begins
 * @param requestId the caller's
 * @param requestDigest SHA-256 over what the caller sent, files included
 * @param event data of the task event
 */
public record SubmissionClaim(
    String runId,
    String taskId,
    String requestId,
    String requestDigest,
    JsonNode event,
    Instant created) {}
