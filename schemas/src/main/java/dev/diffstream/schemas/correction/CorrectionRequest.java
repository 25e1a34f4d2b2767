package dev.diffstream.schemas.correction;

import java.time.Instant;

/**
 * A request for a correction that may be made again: {@code tasks/<id>/correction-requests/<hash of
 * its id>.json}, put if absent before its correction is.
 *
 * @param content SHA-256 of what it asks for, so that another request of the same id is told apart
 * @param after its correction has a higher number than this one
 */
public record CorrectionRequest(
    String taskId, String requestId, String content, long after, Instant created) {}
