package dev.diffstream.schemas.event;

/**
 * A diff is durable in the object store (I2).
 *
 * @param eventSource CloudEvents source of the task event
 * @param eventId CloudEvents id of the task event; with the source it names the claim (I3)
 * @param digest SHA-256 of the diff file, its name
 * @param bytes size of the diff file
 * @param report object key of the run report
 */
public record DiffPublished(
    String runId,
    String taskId,
    String eventSource,
    String eventId,
    String digest,
    long bytes,
    String baseDigest,
    String report)
    implements Event {}
